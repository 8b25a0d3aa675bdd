import COpenSSL
import NIOCore

/// The other side of a TLS session for tests, in memory: a server as OpenSSL has it.
final class TLSPeer {
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let shuttle: UnsafeMutablePointer<claw_shuttle>
    private(set) var isEstablished = false
    /// The client has said that nothing more comes.
    private(set) var hasEnded = false
    private(set) var error: String?
    private nonisolated(unsafe) static let method = claw_shuttle_method()

    /// Contexts hold the keys that tickets are made with, so resumption needs one for several sessions.
    final class Context: @unchecked Sendable {
        let pointer: OpaquePointer

        init(_ leaf: TLSCertificates.Leaf, clientCA: String? = nil, maxVersion: Int = 0) throws {
            guard let made = SSL_CTX_new(TLS_server_method()),
                SSL_CTX_use_certificate_chain_file(made, leaf.certificate) == 1,
                SSL_CTX_use_PrivateKey_file(made, leaf.key, SSL_FILETYPE_PEM) == 1
            else { throw TLSCertificates.Failed(description: "no server context") }
            pointer = made
            SSL_CTX_ctrl(made, SSL_CTRL_SET_MAX_PROTO_VERSION, maxVersion, nil)
            SSL_CTX_set_session_id_context(made, "test", 4)
            SSL_CTX_set_alpn_select_cb(
                made,
                { _, out, count, offered, _, _ in
                    // the first of the client's
                    guard let offered, let out, let count else { return SSL_TLSEXT_ERR_NOACK }
                    count.pointee = offered[0]
                    out.pointee = offered + 1
                    return SSL_TLSEXT_ERR_OK
                }, nil)
            guard let clientCA else { return }
            SSL_CTX_load_verify_file(made, clientCA)
            SSL_CTX_set_verify(made, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        }

        deinit { SSL_CTX_free(pointer) }
    }

    init(_ context: Context) throws {
        shuttle = .allocate(capacity: 1)
        shuttle.initialize(to: claw_shuttle())
        SSL_CTX_up_ref(context.pointer)
        self.context = context.pointer
        guard let made = SSL_new(context.pointer), let method = Self.method,
            claw_shuttle_attach(made, shuttle, method) == 1
        else { throw TLSCertificates.Failed(description: "no server session") }
        ssl = made
        SSL_set_accept_state(made)
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
        claw_shuttle_clear(shuttle)
        shuttle.deallocate()
    }

    /// The name that the client asked for.
    var serverName: String? { SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) } }

    /// Takes the client's bytes; plain ones are returned, and what is to be sent is appended to `out`.
    func take(_ input: ByteBuffer, _ out: inout ByteBuffer) -> [UInt8] {
        var plain: [UInt8] = []
        ERR_clear_error()
        input.withUnsafeReadableBytes { bytes in
            shuttle.pointee.in = bytes.bindMemory(to: UInt8.self).baseAddress
            shuttle.pointee.inCount = bytes.count
            if !isEstablished { isEstablished = SSL_do_handshake(ssl) == 1 }
            var piece = [UInt8](repeating: 0, count: 20_000)
            while isEstablished {
                let count = SSL_read(ssl, &piece, CInt(piece.count))
                guard count > 0 else {
                    hasEnded = SSL_get_error(ssl, count) == SSL_ERROR_ZERO_RETURN
                    break
                }
                plain += piece[..<Int(count)]
            }
            shuttle.pointee.in = nil
            shuttle.pointee.inCount = 0
        }
        let code = ERR_get_error()
        if code != 0, let words = ERR_reason_error_string(code) { error = String(cString: words) }
        drain(&out)
        return plain
    }

    func send(_ bytes: [UInt8], _ out: inout ByteBuffer) {
        if !bytes.isEmpty { SSL_write(ssl, bytes, CInt(bytes.count)) }
        drain(&out)
    }

    func end(_ out: inout ByteBuffer) {
        SSL_shutdown(ssl)
        drain(&out)
    }

    private func drain(_ out: inout ByteBuffer) {
        guard shuttle.pointee.spillCount > 0 else { return }
        out.writeBytes(UnsafeRawBufferPointer(start: shuttle.pointee.spill, count: shuttle.pointee.spillCount))
        shuttle.pointee.spillCount = 0
    }
}
