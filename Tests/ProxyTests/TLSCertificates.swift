import Foundation
import Testing

/// Certificates made with the `openssl` command, in a folder of their own that goes with the process's temporary files.
struct TLSCertificates: Sendable {
    struct Leaf: Sendable {
        let certificate: String
        let key: String
    }

    let folder: String
    let ca: String
    private let caKey: String

    /// One CA for all suites: making keys is what takes time.
    static let shared = Result { try TLSCertificates("Test CA") }

    init(_ name: String) throws {
        folder = NSTemporaryDirectory() + "clawproxy-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        ca = folder + "/ca.pem"
        caKey = folder + "/ca.key"
        try Self.openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", caKey,
            "-out", ca, "-days", "30", "-subj", "/CN=\(name)",
        ])
    }

    /// - Parameters:
    ///   - names: as in subjectAltName: `DNS:a.test`, `IP:127.0.0.1`.
    ///   - days: -1 is a certificate that has expired.
    func issue(_ names: [String], days: Int = 30, usage: String = "serverAuth") throws -> Leaf {
        let stem = "\(folder)/\(UUID().uuidString)"
        let leaf = Leaf(certificate: stem + ".pem", key: stem + ".key")
        try Self.openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", leaf.key, "-out",
            stem + ".csr", "-subj", "/CN=leaf",
        ])
        let extensions =
            "extendedKeyUsage=\(usage)\n" + (names.isEmpty ? "" : "subjectAltName=\(names.joined(separator: ","))\n")
        try extensions.write(toFile: stem + ".ext", atomically: true, encoding: .utf8)
        try Self.openssl([
            "x509", "-req", "-in", stem + ".csr", "-CA", ca, "-CAkey", caKey, "-set_serial",
            "\(Int.random(in: 1...1_000_000_000))", "-days", "\(days)", "-extfile", stem + ".ext", "-out",
            leaf.certificate,
        ])
        return leaf
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private static func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let complaints = Pipe()
        process.standardError = complaints
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let said = complaints.fileHandleForReading.allBytes()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(description: "openssl \(arguments): \(String(decoding: said, as: UTF8.self))")
        }
    }
}
