/// Why bytes are not an HTTP message that may be forwarded: each names its rule, for the answer, the log and the tests.
package enum WireFailure: UInt8, Error, Sendable, CaseIterable {
    case requestLine, method, version, target, targetTooLong, targetFragment, targetForm
    case statusLine, status
    case bareCarriageReturn, bareLineFeed, control, foldedField, fieldWithoutColon, fieldName, blankBeforeColon
    case headTooLarge, tooManyFields
    case hostMissing, hostTwice, host, hostDisagrees
    case lengthInvalid, lengthsDiffer, lengthWithCoding, codingOnOldVersion, codingUnknown, codingInvalid
    case chunkSize, chunkExtension, chunkEnd, trailersTooLarge
    case bodyTooLarge, bodyCutShort
    case methodRefused

    /// The status that answers a request with this fault (RFC 9110 15, RFC 6585 5).
    package var status: Int {
        switch self {
        case .headTooLarge, .tooManyFields: 431
        case .targetTooLong: 414
        case .codingUnknown: 501
        case .bodyTooLarge: 413
        case .methodRefused: 405
        default: 400
        }
    }

    /// What is wrong, and the rule that says so.
    package var explanation: StaticString {
        switch self {
        case .requestLine: "the request line is not METHOD SP TARGET SP VERSION (RFC 9112 3)"
        case .method: "the method is not a token (RFC 9110 9.1)"
        case .version: "only HTTP/1.0 and HTTP/1.1 are spoken here (RFC 9112 2.3)"
        case .target: "the target holds a byte outside visible ASCII (RFC 9112 3.2); percent-encode it"
        case .targetTooLong: "the target is longer than http.limits.targetBytes"
        case .targetFragment: "the target holds a fragment (RFC 9112 3.2); leave out # and what follows"
        case .targetForm: "the target is neither a path, an absolute URI nor * for OPTIONS (RFC 9112 3.2)"
        case .statusLine: "the status line is not VERSION SP STATUS SP REASON (RFC 9112 4)"
        case .status: "the status is not three digits from 100 to 599 (RFC 9110 15)"
        case .bareCarriageReturn: "a CR stands without its LF (RFC 9112 2.2)"
        case .bareLineFeed: "a line ends with LF alone (RFC 9112 2.2); end it with CR LF"
        case .control: "a control character stands in the head (RFC 9110 5.5)"
        case .foldedField: "a field is folded over two lines (RFC 9112 5.2); write it on one"
        case .fieldWithoutColon: "a field line has no colon (RFC 9112 5)"
        case .fieldName: "a field name is not a token (RFC 9110 5.1)"
        case .blankBeforeColon: "a blank stands before the colon of a field (RFC 9112 5.1)"
        case .headTooLarge: "the head is larger than http.limits.headerBytes"
        case .tooManyFields: "the head has more fields than http.limits.headerCount"
        case .hostMissing: "HTTP/1.1 requires a Host field (RFC 9112 3.2)"
        case .hostTwice: "the request has more than one Host field (RFC 9112 3.2)"
        case .host: "the Host field is not HOST[:PORT] (RFC 9110 7.2)"
        case .hostDisagrees: "the authority of the target and the Host field differ (RFC 9112 3.2.2)"
        case .lengthInvalid: "Content-Length is not a plain decimal number (RFC 9110 8.6)"
        case .lengthsDiffer: "Content-Length is given with different values (RFC 9112 6.3)"
        case .lengthWithCoding: "Content-Length and Transfer-Encoding stand together (RFC 9112 6.3)"
        case .codingOnOldVersion: "Transfer-Encoding stands in an HTTP/1.0 message (RFC 9112 6.1)"
        case .codingUnknown: "Transfer-Encoding names a coding other than chunked (RFC 9112 6.1)"
        case .codingInvalid: "Transfer-Encoding is not exactly one final chunked (RFC 9112 6.3)"
        case .chunkSize: "a chunk size is not a plain hexadecimal number (RFC 9112 7.1)"
        case .chunkExtension: "a chunk extension is malformed or longer than 256 bytes (RFC 9112 7.1.1)"
        case .chunkEnd: "a chunk does not end with CR LF (RFC 9112 7.1)"
        case .trailersTooLarge: "the trailers have more than 32 fields or 8 KiB"
        case .bodyTooLarge: "the body is larger than the limit of this route (http.limits.bodyBytes)"
        case .bodyCutShort: "the connection closed before the body was complete"
        case .methodRefused: "TRACE and CONNECT are not served here"
        }
    }
}
