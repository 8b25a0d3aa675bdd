internal import Wire

/// An answer that the proxy makes itself.
struct Reply: Sendable {
    var status: Int
    var contentType: StaticString = "application/json"
    /// Whole field lines, each with its CR LF.
    var fields: [UInt8] = []
    var body: [UInt8] = []
    /// The connection closes after it.
    var closes = false

    /// Its error stands in its fields, as clients of gRPC expect it.
    var isGRPC: Bool {
        UnsafeRawBufferPointer(start: contentType.utf8Start, count: contentType.utf8CodeUnitCount)
            .isPrefixedCaseless("application/grpc")
    }

    mutating func add(_ name: String, _ value: String) {
        fields +=
            Array(name.utf8) + [0x3a, 0x20] + value.utf8.map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 } + [0x0d, 0x0a]
    }
}

/// The reason phrases of the statuses that the proxy itself sends (RFC 9110 15).
func reasonPhrase(_ status: Int) -> StaticString {
    switch status {
    case 100: "Continue"
    case 200: "OK"
    case 203: "Non-Authoritative Information"
    case 204: "No Content"
    case 206: "Partial Content"
    case 300: "Multiple Choices"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 303: "See Other"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 308: "Permanent Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 410: "Gone"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 416: "Range Not Satisfiable"
    case 417: "Expectation Failed"
    case 428: "Precondition Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    default: "Unknown"
    }
}
