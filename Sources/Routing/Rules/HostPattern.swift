internal import Settings
internal import Wire

/// Hosts as rules write them: `api.example.com`, `*.example.com`, `[::1]`.
enum HostPattern {
    struct Fault: Error {
        var message: String
    }

    /// The host in lower case, without port and final dot; `*.` in front of a wildcard.
    static func read(_ text: String) throws(Fault) -> String {
        let isWildcard = text.hasPrefix("*.")
        var name = isWildcard ? String(text.dropFirst(2)) : text
        if text == "*" { throw Fault(message: "'*' is every host; leave hosts out") }
        if name.contains("*") {
            throw Fault(
                message: "'*' may only stand as a leading '*.', as in *.example.com; found \(Quoted.quote(text))")
        }
        if name.contains("://") { throw Fault(message: "expected a host without scheme, found \(Quoted.quote(text))") }
        let bare: String? = name.withUTF8 { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            guard Authority.isValid(raw) else { return nil }
            let host = Authority.host(raw)
            let stem = host.last == UInt8(ascii: ".") ? UnsafeRawBufferPointer(rebasing: host.dropLast()) : host
            return stem.isEmpty ? nil : String(decoding: stem.map(ByteClass.lower), as: UTF8.self)
        }
        guard let bare else {
            throw Fault(
                message: "expected a host such as api.example.com or *.example.com, found \(Quoted.quote(text)); "
                    + "names outside ASCII are written as xn--...")
        }
        return isWildcard ? "*." + bare : bare
    }
}
