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
    /// A digest of whose certificates are taken, and whether one must be shown: tickets are bound to both.
    private let binding: [UInt8]
    /// Not every name has the same certificates.
    private var hasSeveral = false
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
        binding = digest + options.demand.rawValue.utf8 + [0]
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
        hasSeveral = made.count > 1
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
    /// tickets to listener, name, client CA and whether a certificate must be shown, so that none of them resumes a session of
    /// another.
    static let hello: @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<CInt>?, UnsafeMutableRawPointer?
    ) -> CInt = { ssl, alert, pointer in
        guard let ssl, let pointer else { return SSL_CLIENT_HELLO_ERROR }
        let server = Unmanaged<TLSServer>.fromOpaque(pointer).takeUnretainedValue()
        var count = 0
        let bytes = UnsafeBufferPointer(start: claw_hello_name(ssl, &count), count: count)
        if count > 0, server.hasSeveral {
            let name = String(decoding: bytes, as: UTF8.self).lowercased()
            if let context = server.context(for: name.hasSuffix(".") ? String(name.dropLast()) : name),
                context.pointer != SSL_get_SSL_CTX(ssl)
            {
                SSL_set_SSL_CTX(ssl, context.pointer)
            }
        }
        return server.bind(ssl, bytes) ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR
    }

    private func bind(_ ssl: OpaquePointer, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        // a name has 255 bytes at most
        withUnsafeTemporaryAllocation(byteCount: binding.count + 4 + name.count + 32, alignment: 4) { memory in
            memory.copyBytes(from: binding)
            memory.storeBytes(of: claw_ssl_place(ssl), toByteOffset: binding.count, as: UInt32.self)
            var at = binding.count + 4
            for byte in name {
                memory[at] = byte | ((0x41...0x5a).contains(byte) ? 0x20 : 0)
                at += 1
            }
            guard let digest = memory.baseAddress.map({ ($0 + at).assumingMemoryBound(to: UInt8.self) }) else { return false }
            return claw_sha256(memory.baseAddress, at, digest) == 1 && SSL_set_session_id_context(ssl, digest, 32) == 1
        }
    }
}
