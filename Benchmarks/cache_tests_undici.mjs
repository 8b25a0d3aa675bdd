// Stands in for the package undici where the suite's four interim tests ask for it and no registry can be reached: an agent
// whose requests go through node's own dispatcher, with the handler calls of undici 7 over those of the undici in node.

const dispatcher = () => globalThis[Symbol.for('undici.globalDispatcher.1')]

// [name, value, name, value, ...] as bytes to an object of strings; repeated fields become lists
function fields (raw) {
  const found = {}
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [raw[at].toString('latin1').toLowerCase(), raw[at + 1].toString('latin1')]
    found[name] = name in found ? [found[name], value].flat() : value
  }
  return found
}

// What fetch gave (calls of undici 6), wrapped so that an interceptor can hand it calls of undici 7. The raw fields go
// beside the parsed ones: fetch wants them as they came.
function upward (handler, state) {
  return {
    onRequestStart: () => handler.onConnect(state.abort),
    onResponseStart: (_, status, __, reason) => handler.onHeaders(status, state.raw, state.resume, reason),
    onResponseData: (_, data) => handler.onData(data),
    onResponseEnd: () => handler.onComplete(state.trailers),
    onResponseError: (_, error) => handler.onError(error)
  }
}

// The way back: node's dispatcher calls as undici 6 does, the interceptor's handler hears undici 7.
function downward (handler, state) {
  return {
    onConnect (abort) {
      state.abort = abort
      handler.onRequestStart(state, {})
    },
    onHeaders (status, raw, resume, reason) {
      Object.assign(state, { raw, resume })
      handler.onResponseStart(state, status, fields(raw), reason)
      return true
    },
    onData (data) {
      handler.onResponseData(state, data)
      return true
    },
    onComplete (trailers) {
      state.trailers = trailers
      handler.onResponseEnd(state, {})
    },
    onError: error => handler.onResponseError(state, error)
  }
}

export class Agent {
  compose (interceptor) {
    return {
      dispatch (options, handler) {
        const state = {}
        const send = interceptor((options, inner) => dispatcher().dispatch(options, downward(inner, state)))
        return send(options, upward(handler, state))
      }
    }
  }
}
