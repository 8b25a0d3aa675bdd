internal import Glibc
internal import Settings

/// Why there is no admin token, and what to do.
package struct AdminTokenFailure: Error, Equatable, CustomStringConvertible {
    package let description: String
}

/// A secret that the configuration does not give: made once, and kept for this user alone.
struct KeptSecret: Sendable {
    /// The server's secret, which signs cookies.
    static let server = KeptSecret(file: "clawproxy.secret", noun: "server secret", key: "secrets.hmac")
    static let token = KeptSecret(file: "clawproxy.token", noun: "admin token", key: "admin.token")

    let file: String
    let noun: String
    /// The key that gives one instead.
    let key: String
}

/// The admin token where the configuration gives none: made once, kept for this user alone, found there by the
/// command line.
package enum AdminToken {
    private static let byteCount = 32
    /// A longer one does not fit in the head of a request.
    private static let mostCharacters = 4096

    /// The kept token; nil where there is none that can be used.
    package static func load(home: String) -> String? {
        guard let path = path(home, .token), case .bytes(let bytes) = FileReading.read(path) else { return nil }
        return token(bytes)
    }

    /// The kept token, made now if there is none. Processes that start at the same time get the same one.
    package static func loadOrMake(home: String) throws(AdminTokenFailure) -> String {
        try loadOrMake(home: home, disk: .real)
    }

    package static func loadOrMake(home: String, disk: DiskCalls) throws(AdminTokenFailure) -> String {
        try loadOrMake(.token, home: home, disk: disk)
    }

    /// The same for another secret.
    static func loadOrMake(
        _ secret: KeptSecret, home: String, disk: DiskCalls = .real
    ) throws(AdminTokenFailure) -> String {
        guard let path = path(home, secret) else {
            throw AdminTokenFailure(
                description: "\(secret.noun): there is no place to keep one: HOME is not set; set it, or give "
                    + secret.key)
        }
        do throws(DiskCalls.Failure) {
            if let token = try kept(path) { return token }
            let token = make()
            let folder = FilePlace.split(path).folder
            try disk.makeFolder(folder)
            let temporary = FilePlace.temporary(folder, FilePlace.split(path).name)
            try disk.write(Array((token + "\n").utf8), to: temporary)
            do throws(DiskCalls.Failure) {
                // never there in part: it gets its name when it is whole, unless another process was quicker
                try disk.claim(path, for: temporary)
            } catch {
                disk.remove(temporary)
                if error.error == EEXIST, let token = try kept(path) { return token }
                throw error
            }
            disk.syncFolder(folder)
            return token
        } catch {
            throw failure(path, error, secret)
        }
    }

    /// EINVAL where there is a file without a token; nil where there is no file. Takes away rights of others.
    private static func kept(_ path: String) throws(DiskCalls.Failure) -> String? {
        switch FileReading.read(path) {
        case .missing: return nil
        case .unreadable: throw DiskCalls.Failure(step: .create, path: path, error: EACCES)
        case .bytes(let bytes):
            guard let token = token(bytes) else { throw DiskCalls.Failure(step: .create, path: path, error: EINVAL) }
            var facts = stat()
            if stat(path, &facts) == 0, facts.st_mode & 0o077 != 0 { _ = chmod(path, 0o600) }
            return token
        }
    }

    private static func failure(
        _ path: String, _ failure: DiskCalls.Failure, _ secret: KeptSecret
    ) -> AdminTokenFailure {
        let what =
            failure.error == EINVAL && failure.path == path
            ? "expected one line of visible characters without blanks; remove it, and one is made at the next start"
            : "cannot be kept: \(systemReason(failure.error)); make the folder writable"
        return AdminTokenFailure(description: "\(secret.noun): \(path): \(what), or give \(secret.key)")
    }

    private static func path(_ home: String, _ secret: KeptSecret) -> String? {
        home.isEmpty ? nil : FilePlace.joined(home, ".openclaw/\(secret.file)")
    }

    /// Visible ASCII, with blanks and line ends around it taken off.
    private static func token(_ bytes: [UInt8]) -> String? {
        let isBlank = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else {
            return nil
        }
        let token = bytes[first...last]
        guard token.count <= mostCharacters, token.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return String(decoding: token, as: UTF8.self)
    }

    /// The standard library takes this from getrandom(2).
    private static func make() -> String {
        var random = SystemRandomNumberGenerator()
        var text = ""
        for _ in 0..<byteCount {
            let byte = UInt8.random(in: .min ... .max, using: &random)
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return text
    }
}
