internal import Access
internal import Balancer
internal import Settings

/// The cookie that names the agent of a client, signed so that no client can choose one.
///
/// `HASH.CODE`: the agent's hash in 16 hexadecimal digits, and the first 32 digits of an HMAC of the cookie's name and
/// that hash. An agent is named by a hash, so that the fleet's names stay inside.
struct AffinityCookie {
    let name: String
    private let settings: AffinityCookieSettings

    init?(_ settings: AffinityCookieSettings) {
        guard let name = settings.name else { return nil }
        self.name = name
        self.settings = settings
    }

    /// The agent's hash that a valid cookie holds.
    func agent(_ value: UnsafeRawBufferPointer, secret: [UInt8]) -> UInt64? {
        guard value.count == 49, value[16] == 0x2e else { return nil }
        let digits = Array(value[0..<16])
        guard let hash = UInt64(String(decoding: digits, as: UTF8.self), radix: 16), let code = code(digits, secret),
            MessageCode.isSame(value[17...], code)
        else { return nil }
        return hash
    }

    /// The line that binds a client, with its CR LF.
    func line(agent: UInt64, secret: [UInt8]) -> [UInt8] {
        let text = String(agent, radix: 16)
        let digits = Array((String(repeating: "0", count: 16 - text.count) + text).utf8)
        guard let code = code(digits, secret) else { return [] }
        var line = Array("Set-Cookie: \(name)=".utf8) + digits + [0x2e] + code
        line += Array("; Path=\(settings.path); HttpOnly; SameSite=\(settings.sameSite.rawValue.capitalizedWord)".utf8)
        if let age = settings.maxAge { line += Array("; Max-Age=\(age.nanoseconds / 1_000_000_000)".utf8) }
        if settings.secure { line += Array("; Secure".utf8) }
        return line + [0x0d, 0x0a]
    }

    private func code(_ digits: [UInt8], _ secret: [UInt8]) -> [UInt8]? {
        guard let whole = MessageCode.of(Array(name.utf8) + [0] + digits, secret: secret) else { return nil }
        return whole.prefix(16).flatMap { [Self.digit($0 >> 4), Self.digit($0 & 15)] }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
}

extension String {
    /// `lax` as `Lax`.
    fileprivate var capitalizedWord: String { prefix(1).uppercased() + dropFirst() }
}
