/// A field name that forwarding or the cache must recognise; every other one is `.other` and passes on as it is.
///
/// At most 64 of them: sets of names are bits (`Dropping.bits`). A name that has its id here is left out of trailers,
/// which none of these may stand in (RFC 9110 6.5.1): `ETag` and `Cache-Status` may, and have none.
package enum FieldName: UInt8, Sendable {
    case other
    case host, connection, contentLength, transferEncoding, expect, upgrade, te, trailer, keepAlive, proxyConnection
    case http2Settings, proxyAuthorization, proxyAuthenticate, authorization, forwarded, xForwarded, xForwardedFor
    case xForwardedProto, xForwardedHost, xRealIP, xRequestID, openclawScopes, via, date, contentType, traceparent
    case tracestate, accelBuffering, idempotencyKey, loadMetrics, sessionKey, taskSource
    case cacheControl, pragma, range, ifRange, ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince, cookie
    case setCookie, age, expires, vary

    /// The field that a name in any case stands for.
    package init(_ name: UnsafeRawBufferPointer) {
        self = .other
        switch name.count {
        case 2: if name.isCaseless("te") { self = .te }
        case 3: self = name.isCaseless("via") ? .via : name.isCaseless("age") ? .age : .other
        case 4:
            switch ByteClass.lower(name[0]) {
            case 0x68: if name.isCaseless("host") { self = .host }
            case 0x64: if name.isCaseless("date") { self = .date }
            case 0x76: if name.isCaseless("vary") { self = .vary }
            default: break
            }
        case 5: if name.isCaseless("range") { self = .range }
        case 6:
            switch ByteClass.lower(name[0]) {
            case 0x65: if name.isCaseless("expect") { self = .expect }
            case 0x63: if name.isCaseless("cookie") { self = .cookie }
            case 0x70: if name.isCaseless("pragma") { self = .pragma }
            default: break
            }
        case 7:
            switch ByteClass.lower(name[0]) {
            case 0x75: if name.isCaseless("upgrade") { self = .upgrade }
            case 0x74: if name.isCaseless("trailer") { self = .trailer }
            case 0x65: if name.isCaseless("expires") { self = .expires }
            default: break
            }
        case 8:
            if name.isCaseless("if-match") {
                self = .ifMatch
            } else if name.isCaseless("if-range") {
                self = .ifRange
            }
        case 9:
            if name.isCaseless("forwarded") {
                self = .forwarded
            } else if name.isCaseless("x-real-ip") {
                self = .xRealIP
            }
        case 10:
            switch ByteClass.lower(name[0]) {
            case 0x63: if name.isCaseless("connection") { self = .connection }
            case 0x6b: if name.isCaseless("keep-alive") { self = .keepAlive }
            case 0x73: if name.isCaseless("set-cookie") { self = .setCookie }
            case 0x74: if name.isCaseless("tracestate") { self = .tracestate }
            default: break
            }
        case 11: if name.isCaseless("traceparent") { self = .traceparent }
        case 12:
            if name.isCaseless("content-type") {
                self = .contentType
            } else if name.isCaseless("x-request-id") {
                self = .xRequestID
            }
        case 13:
            if name.isCaseless("authorization") {
                self = .authorization
            } else if name.isCaseless("x-task-source") {
                self = .taskSource
            } else if name.isCaseless("x-session-key") {
                self = .sessionKey
            } else if name.isCaseless("cache-control") {
                self = .cacheControl
            } else if name.isCaseless("if-none-match") {
                self = .ifNoneMatch
            }
        case 14:
            if name.isCaseless("content-length") {
                self = .contentLength
            } else if name.isCaseless("http2-settings") {
                self = .http2Settings
            }
        case 15:
            if name.isCaseless("x-forwarded-for") {
                self = .xForwardedFor
            } else if name.isCaseless("idempotency-key") {
                self = .idempotencyKey
            }
        case 16:
            if name.isCaseless("x-forwarded-host") {
                self = .xForwardedHost
            } else if name.isCaseless("proxy-connection") {
                self = .proxyConnection
            }
        case 17:
            if name.isCaseless("transfer-encoding") {
                self = .transferEncoding
            } else if name.isCaseless("x-forwarded-proto") {
                self = .xForwardedProto
            } else if name.isCaseless("x-openclaw-scopes") {
                self = .openclawScopes
            } else if name.isCaseless("x-accel-buffering") {
                self = .accelBuffering
            } else if name.isCaseless("if-modified-since") {
                self = .ifModifiedSince
            }
        case 18: if name.isCaseless("proxy-authenticate") { self = .proxyAuthenticate }
        case 19:
            if name.isCaseless("proxy-authorization") {
                self = .proxyAuthorization
            } else if name.isCaseless("if-unmodified-since") {
                self = .ifUnmodifiedSince
            }
        case 21: if name.isCaseless("endpoint-load-metrics") { self = .loadMetrics }
        case 22: if name.isCaseless("x-openclaw-session-key") { self = .sessionKey }
        default: break
        }
        // the rest of the family: X-Forwarded-Port, -Server, -Prefix ...
        if self == .other, name.count > 12, name.isPrefixedCaseless("x-forwarded-") { self = .xForwarded }
    }

    /// Concerns one connection only and is never forwarded as it came (RFC 9110 7.6.1).
    @inline(__always)
    package var isHopByHop: Bool {
        switch self {
        case .connection, .transferEncoding, .upgrade, .te, .keepAlive, .proxyConnection, .http2Settings,
            .proxyAuthorization, .proxyAuthenticate:
            true
        default: false
        }
    }

    /// `Connection: NAME` cannot take these away: they carry routing, identity or traces.
    package var isProtected: Bool {
        switch self {
        case .host, .authorization, .forwarded, .xForwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost,
            .xRealIP,
            .xRequestID, .traceparent, .tracestate, .contentLength, .via:
            true
        default: false
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Begins with these bytes but for the case of letters; `lowercased` is written in lower case.
    package func isPrefixedCaseless(_ lowercased: StaticString) -> Bool {
        guard count >= lowercased.utf8CodeUnitCount else { return false }
        for at in 0..<lowercased.utf8CodeUnitCount where ByteClass.lower(self[at]) != lowercased.utf8Start[at] {
            return false
        }
        return true
    }
}
