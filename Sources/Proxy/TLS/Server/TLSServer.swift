internal import COpenSSL

/// A server of TLS as its files were at one time: which certificates are for which name, and the keys of tickets.
///
/// Made by reading files: not on a loop. `Sendable`, because it never changes once it is made.
package final class TLSServer: @unchecked Sendable {
    package let options: TLSServerOptions
    let certificates: [TLSCertificate]
    /// Of a file; nil: those of the process are used.
    let fileKeys: TLSTicketKeys?
    /// What is spoken, as ALPN has it: each name behind its length.
    let protocolsMemory: UnsafeMutablePointer<UInt8>
    let protocolsCount: Int
    /// A digest of whose certificates are taken: tickets are bound to it.
    private let clientCA: [UInt8]
    private var first: TLSServerContext?
    private var exact: [String: TLSServerContext] = [:]
    /// By what follows the asterisk: `.example.com`.
    private var wildcards: [String: TLSServerContext] = [:]

    package init(_ options: TLSServerOptions) throws(TLSFailure) {
        self.options = options
        var all: [TLSCertificate] = []
        for entry in options.certificates { all.append(try TLSCertificate(entry)) }
        guard !all.isEmpty else {
            throw TLSFailure(.file, "no certificate is named", hint: "set http.tls.cert and key", key: "cert")
        }
        certificates = all
        fileKeys = try options.ticketKeys.map { file throws(TLSFailure) in try TLSTicketKeys(file: file) }
        let authorities = try options.clientCA.map { file throws(TLSFailure) in try TLSFiles.read(file, "clientCA") }
        var digest = [UInt8](repeating: 0, count: 32)
        SHA256(authorities ?? [], authorities?.count ?? 0, &digest)
        clientCA = digest
        let protocols = options.protocols.flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + Array($0.utf8) }
        protocolsCount = protocols.count
        protocolsMemory = .allocate(capacity: max(protocols.count, 1))
        protocolsMemory.initialize(from: protocols, count: protocols.count)
        try index()
    }

    deinit { protocolsMemory.deallocate() }

    /// For each name the first certificate of each kind of key; names with the same ones share a context.
    private func index() throws(TLSFailure) {
        var made: [[Int]: TLSServerContext] = [:]
        func context(_ chosen: [Int]) throws(TLSFailure) -> TLSServerContext {
            if let known = made[chosen] { return known }
            let fresh = try TLSServerContext(
                chosen.map { certificates[$0] }, options, server: Unmanaged.passUnretained(self).toOpaque())
            made[chosen] = fresh
            return fresh
        }
        func chosen(_ name: String) -> [Int] {
            var kinds: Set<String> = []
            return certificates.indices.filter {
                certificates[$0].names.contains(name) && kinds.insert(certificates[$0].kind).inserted
            }
        }
        for name in certificates.flatMap(\.names) {
            if name.hasPrefix("*.") {
                wildcards[String(name.dropFirst())] = try context(chosen(name))
            } else {
                exact[name] = try context(chosen(name))
            }
        }
        let usual = certificates[0].names.first.map(chosen) ?? []
        first = try context(usual.contains(0) ? usual : [0])
    }

    /// What serves those who have not said whom they mean.
    var context: TLSServerContext? { first }

    /// Exact names come before wildcards, which stand for one label (RFC 9525 6.3); the rest gets the first one.
    func context(for name: String) -> TLSServerContext? {
        if let found = exact[name] { return found }
        if let dot = name.firstIndex(of: "."), let found = wildcards[String(name[dot...])] { return found }
        return first
    }

    /// Called by OpenSSL before it looks at tickets: chooses the certificates for the name that is asked for, and binds
    /// tickets to listener, name and client CA, so that none of them resumes a session of another.
    static let hello: @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<CInt>?, UnsafeMutableRawPointer?
    ) -> CInt = { ssl, alert, pointer in
        guard let ssl, let pointer else { return SSL_CLIENT_HELLO_ERROR }
        let server = Unmanaged<TLSServer>.fromOpaque(pointer).takeUnretainedValue()
        var count = 0
        let name = claw_hello_name(ssl, &count).map { bytes in
            String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self).lowercased()
        }
        if let name, let context = server.context(for: name.hasSuffix(".") ? String(name.dropLast()) : name),
            context.pointer != SSL_get_SSL_CTX(ssl)
        {
            SSL_set_SSL_CTX(ssl, context.pointer)
        }
        return server.bind(ssl, name ?? "") ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR
    }

    private func bind(_ ssl: OpaquePointer, _ name: String) -> Bool {
        var text = clientCA
        text.reserveCapacity(256)
        withUnsafeBytes(of: claw_ssl_place(ssl)) { text += $0 }
        text += options.demand.rawValue.utf8
        text.append(0)
        text += name.utf8
        var digest = [UInt8](repeating: 0, count: 32)
        return claw_sha256(text, text.count, &digest) == 1 && SSL_set_session_id_context(ssl, digest, 32) == 1
    }
}
