internal import Settings

/// Files that a server of TLS is made from.
enum TLSFiles {
    /// - Parameter key: that names the file, below `http.tls`.
    static func read(_ path: String, _ key: String) throws(TLSFailure) -> [UInt8] {
        switch FileReading.read(path) {
        case .bytes(let bytes): return bytes
        case .missing: throw unusable(path, key, "cannot be read: no such file")
        case .unreadable(let why): throw unusable(path, key, "cannot be read: \(why)")
        }
    }

    static func unusable(_ path: String, _ key: String, _ what: String) -> TLSFailure {
        OpenSSLErrors.clear()
        return TLSFailure(
            .file, "\(path) \(what)", hint: "put the right file there, or correct http.tls.\(key)", key: key)
    }
}
