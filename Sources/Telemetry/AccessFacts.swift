/// What an access line tells about one exchange. Slices are read while the line is written and not kept; an empty one
/// is left out. Route, agent and error are indices in `CounterLabels`; -1 is none.
package struct AccessFacts {
    /// Wall clock when the answer ended, milliseconds since 1970.
    package var unixMilliseconds: Int64
    package var client = UnsafeRawBufferPointer(start: nil, count: 0)
    package var method = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The path without its query: queries carry tokens.
    package var path = UnsafeRawBufferPointer(start: nil, count: 0)
    package var requestID = UnsafeRawBufferPointer(start: nil, count: 0)
    package var tenant = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The name that the credential has in the configuration, or in itself.
    package var credential = UnsafeRawBufferPointer(start: nil, count: 0)
    /// `HTTP/1.1`
    package var protocolName: StaticString = "HTTP/1.1"
    /// `TLSv1.3`; empty where the client came in plain text.
    package var tls: StaticString = ""
    /// 0 when the client went away before there was one.
    package var status = 0
    /// Body bytes received from the client, and sent to it.
    package var bytesIn = 0
    package var bytesOut = 0
    /// From the first byte of the head to the last byte of the answer.
    package var nanoseconds: Int64 = 0
    package var attempts = 0
    package var route = -1
    package var agent = -1
    package var error = -1
    /// What the cache did: `hit`, `miss` and the like; empty where it was not asked.
    package var cache: StaticString = ""

    package init(unixMilliseconds: Int64) {
        self.unixMilliseconds = unixMilliseconds
    }
}
