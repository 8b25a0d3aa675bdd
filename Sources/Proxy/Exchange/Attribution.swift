internal import NIOCore

/// OpenClaw answers 403 of type `proxy_attribution_required` where it sees forwarding fields of a proxy that it does not
/// trust. The client cannot mend that; the operator can, with one line, which the answer and the log name.
enum Attribution {
    /// A longer 403 is somebody's own page.
    static let longest = 8 * 1024
    private static let word = Array("proxy_attribution_required".utf8)

    static func isMeant(_ body: ByteBuffer) -> Bool {
        body.withUnsafeReadableBytes { bytes in
            guard bytes.count >= word.count else { return false }
            for start in 0...(bytes.count - word.count) where bytes[start] == word[0] {
                if bytes[start..<(start + word.count)].elementsEqual(word) { return true }
            }
            return false
        }
    }

    static func failure(agent: String) -> Failure {
        Failure(
            .attribution,
            "the gateway '\(agent)' does not trust this proxy's forwarding fields (proxy_attribution_required)",
            hint: "in that gateway's openclaw.json add this proxy's address to gateway.trustedProxies, "
                + "for example \"gateway\": {\"trustedProxies\": [\"10.0.0.5\"]}, and restart it")
    }
}
