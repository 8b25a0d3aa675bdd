import COpenSSL

/// HMAC-SHA-256 (RFC 2104): shows that a text was made by whoever knows the secret.
package enum MessageCode {
    /// 32 bytes; nil only where libcrypto fails (memory).
    package static func of(_ message: [UInt8], secret: [UInt8]) -> [UInt8]? {
        var code = [UInt8](repeating: 0, count: SHA256Digest.byteCount)
        var size: UInt32 = 0
        let done = HMAC(EVP_sha256(), secret, Int32(clamping: secret.count), message, message.count, &code, &size)
        return done != nil && size == UInt32(code.count) ? code : nil
    }

    /// Compares without telling by its time where the two differ.
    package static func isSame(_ one: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        var difference: UInt8 = 0
        for (a, b) in zip(one, other) { difference |= a ^ b }
        return difference == 0
    }
}
