import COpenSSL

/// What Redis calls a script by: the SHA-1 of its text. For nothing else: it keeps no secrets.
package enum SHA1Digest {
    /// 40 hexadecimal digits in lower case; empty only where libcrypto fails (memory).
    package static func hex(of data: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        var size: UInt32 = 0
        guard EVP_Digest(data, data.count, &digest, &size, EVP_sha1(), nil) == 1, size == 20 else { return [] }
        let digits = Array("0123456789abcdef".utf8)
        return digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
}
