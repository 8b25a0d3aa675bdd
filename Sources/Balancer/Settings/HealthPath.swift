import Settings

/// The checks of the health check's own keys.
enum HealthPath {
    /// The path goes into a request line as it stands, so only what a request target may hold is let in.
    static func check(_ path: String) -> String? {
        guard path.utf8.first == UInt8(ascii: "/") else {
            return "expected a path that begins with '/', found \(Quoted.quote(path))"
        }
        let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
        return isPlain ? nil : "expected a path of visible ASCII without '#'; escape other bytes as %XX"
    }

    static func checkJitter(_ jitter: Ratio) -> String? {
        (0...0.5).contains(jitter.value) ? nil : "expected at most 50%"
    }
}
