internal import Access
internal import Routing
internal import Balancer
internal import Wire

/// The head that an agent gets: the received bytes without what concerns only this connection, and our own fields.
///
/// Only a view of what others hold: made, asked for its room, written in one go, and gone. A copy would count
/// references on the path of a request, so there is none.
struct RequestLines: ~Copyable {
    /// Fields that a client may never set: the edge speaks for where a request comes from, and how urgent it is.
    private static let untrusted = Dropping.bits(
        .forwarded, .xForwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost, .xRealIP, .taskSource)
    /// What a client has already, and what part it wants of the rest (RFC 9110 13.1, 14.2).
    private static let asked = Dropping.bits(
        .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .ifRange, .range)
    private static let acceptEncoding = Array("accept-encoding".utf8)
    private static let always = Dropping.hopByHop | Dropping.bits(.openclawScopes, .xRequestID)

    let head: RequestHead
    let plan: Plan
    let client: Client
    /// In place of the head's own path; nil where that stays.
    let path: [UInt8]?
    let requestID: UnsafeRawBufferPointer
    /// The protocol to change to, in lower case; nil where none was asked for, or let through.
    let upgrade: [UInt8]?
    /// Field lines in place of the client's conditions and ranges; nil: those go on.
    var conditions: [UInt8]?
    /// No content coding is asked for, whatever the client takes.
    var wantsIdentity = false
    /// Of the body where it is not what the client said; nil: it is.
    var contentLength: Int?
    /// Field lines by which the agent is told whom the request is from; nil: none.
    var identity: [UInt8]?
    /// What it bears for the edge alone.
    var withheld: EdgeSecrets = []
    /// Whom a trusted peer brought, where it told so by `Forwarded` alone.
    var brought: ForwardedClient?

    /// An upper bound of what `write` writes, in bytes.
    var room: Int {
        head.lines.count + head.path.count + (path?.count ?? 0) + 2 * head.host.count + client.text.count
            + requestID.count + client.identityField.count + plan.requestEdits.bytes.count + (upgrade?.count ?? 0)
            + (conditions?.count ?? 0) + (identity?.count ?? 0) + 640
    }

    /// `authority`: of the agent, for `Host` where the client sent none (HTTP/1.0).
    func write(authority: [UInt8], into sink: inout HeadSink) {
        startLine(into: &sink)
        var ids = Self.always
        if !client.isTrusted { ids |= Self.untrusted } else { ids |= Dropping.bits(.xForwardedFor) }
        if plan.consumesAuthorization || withheld.contains(.token) { ids |= Dropping.bits(.authorization) }
        let host = head.host
        let lacksHost = head.hostField < 0
        if conditions != nil { ids |= Self.asked }
        if contentLength != nil { ids |= Dropping.bits(.contentLength) }
        var dropping = plan.requestEdits.dropping
        dropping.ids |= ids
        if wantsIdentity { dropping.names.append(Self.acceptEncoding) }
        if withheld.contains(.key), let keeper = plan.keeper { dropping.names.append(keeper.keyField) }
        head.lines.copyFields(into: &sink, dropping: dropping, namesFields: head.namesFields)
        if lacksHost {
            sink.put("Host: ")
            if host.count > 0 { sink.put(host) } else { sink.put(authority) }
            sink.put("\r\n")
        }
        if let contentLength {
            sink.put("Content-Length: ")
            sink.put(decimal: contentLength)
            sink.put("\r\n")
        }
        if head.framing == .chunked { sink.put("Transfer-Encoding: chunked\r\n") }
        if head.takesTrailers {
            sink.put(upgrade != nil ? "TE: trailers\r\n" : "TE: trailers\r\nConnection: TE\r\n")
        }
        if let upgrade {
            sink.put("Connection: upgrade\r\nUpgrade: ")
            sink.put(upgrade)
            sink.put("\r\n")
        }
        forwarding(host, into: &sink)
        sink.put("Via: ")
        sink.put(client.speaksHTTP2 ? "2.0" : head.isOld ? "1.0" : "1.1")
        sink.put(" clawproxy\r\nX-Request-Id: ")
        sink.put(requestID)
        sink.put("\r\n")
        if let conditions { sink.put(conditions) }
        if let identity { sink.put(identity) }
        sink.put(plan.requestEdits.bytes)
        sink.put("\r\n")
    }

    private func startLine(into sink: inout HeadSink) {
        sink.put(head.methodBytes)
        sink.put(byte: 0x20)
        if path == nil, !head.pathChanged {
            sink.put(head.target)
        } else {
            if let path { sink.put(path) } else { sink.put(head.path) }
            if head.hasQuery {
                sink.put(byte: 0x3f)
                sink.put(head.query)
            }
        }
        sink.put(" HTTP/1.1\r\n")
    }

    /// `X-Forwarded-For`, `-Proto` and `-Host`: ours, or, from a proxy that is trusted, theirs and ours.
    private func forwarding(_ host: UnsafeRawBufferPointer, into sink: inout HeadSink) {
        sink.put("X-Forwarded-For: ")
        if client.isTrusted, head.forwardedForField >= 0 {
            // several lines of it are one list (RFC 9110 5.3)
            for at in 0..<head.lines.fieldCount where head.lines.fields[at].id == .xForwardedFor {
                sink.put(head.lines.value(head.lines.fields[at]))
                sink.put(", ")
            }
        }
        if let brought, brought.isFromForwarded, head.forwardedForField < 0 {
            sink.put(brought.text)
            sink.put(", ")
        }
        sink.put(client.text)
        sink.put("\r\n")
        if !client.isTrusted || head.first(.xForwardedProto) == nil {
            sink.put(client.isSecure ? "X-Forwarded-Proto: https\r\n" : "X-Forwarded-Proto: http\r\n")
        }
        if !client.identityField.isEmpty { sink.put(client.identityField) }
        if host.count > 0, !client.isTrusted || head.first(.xForwardedHost) == nil {
            sink.put("X-Forwarded-Host: ")
            sink.put(host)
            sink.put("\r\n")
        }
    }
}
