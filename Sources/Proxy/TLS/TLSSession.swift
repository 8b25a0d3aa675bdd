internal import COpenSSL
package import NIOCore

/// TLS over one connection, without the connection: bytes of the peer go in, plain bytes come out, and what is to be
/// sent to the peer is appended to a buffer. Knows no socket and no clock.
///
/// Only what makes a session differs between the two sides; everything that happens works for both. Not thread-safe.
package final class TLSSession {
    /// Exits: `handshaking` -> `open` | `failed`; `open` -> `ended` | `failed`; `ended` and `failed` have none.
    private enum State {
        case handshaking, open
        /// The peer has said that nothing more comes; sending is still possible.
        case ended
        case failed
    }

    package enum Event: Equatable {
        /// The peer is who it should be; call again, as the bytes may hold more.
        case established
        /// The peer has ended its side, cleanly.
        case ended
        case failed(TLSFailure)
    }

    /// `keys` are in use until the session ends.
    private enum Side {
        case client(TLSClientContext, TLSPeerName, peer: String)
        case server(TLSServer, keys: TLSTicketKeys)
    }

    private let side: Side
    private let ssl: OpaquePointer
    private let shuttle: UnsafeMutablePointer<claw_shuttle>
    private var state = State.handshaking
    private var hasFinished = false

    /// What a record adds to its content, at most: header, nonce, padding, tag (RFC 5246 6.2.3, RFC 8446 5.2).
    private static let recordOverhead = 128
    private static let recordBytes = 16_384

    /// `BIO_METHOD` is made once, and lives as long as the process.
    private nonisolated(unsafe) static let method = claw_shuttle_method()

    /// The client's side.
    ///
    /// - Parameters:
    ///   - name: whom the peer's certificate must name.
    ///   - peer: where it is reached, to resume sessions with the same one only.
    package init(client context: TLSClientContext, name: TLSPeerName, peer: String) throws(TLSFailure) {
        guard let ssl = SSL_new(context.pointer) else { throw .noMemory }
        let shuttle = UnsafeMutablePointer<claw_shuttle>.allocate(capacity: 1)
        shuttle.initialize(to: claw_shuttle())
        let peer = "\(name) \(peer)"
        side = .client(context, name, peer: peer)
        self.ssl = ssl
        self.shuttle = shuttle
        guard let method = Self.method, claw_shuttle_attach(ssl, shuttle, method) == 1 else { throw .noMemory }
        SSL_set_connect_state(ssl)
        try expect(name, context.options.section)
        if let session = context.takeSession(peer) {
            SSL_set_session(ssl, session.pointer)
            SSL_SESSION_free(session.pointer)
        }
    }

    /// The server's side.
    ///
    /// - Parameters:
    ///   - keys: of tickets, where no file names them.
    ///   - place: of the listener: what one of them has begun, another one does not resume.
    init(server: TLSServer, keys: TLSTicketKeys, place: Int = 0) throws(TLSFailure) {
        guard let context = server.context, let ssl = SSL_new(context.pointer) else { throw .noMemory }
        let shuttle = UnsafeMutablePointer<claw_shuttle>.allocate(capacity: 1)
        shuttle.initialize(to: claw_shuttle())
        let keys = server.fileKeys ?? keys
        side = .server(server, keys: keys)
        self.ssl = ssl
        self.shuttle = shuttle
        shuttle.pointee.ticketKeys = UnsafePointer(keys.keys)
        shuttle.pointee.ticketKeyCount = CInt(keys.count)
        shuttle.pointee.protocols = UnsafePointer(server.protocolsMemory)
        shuttle.pointee.protocolsCount = UInt32(server.protocolsCount)
        shuttle.pointee.place = UInt32(truncatingIfNeeded: place)
        guard let method = Self.method, claw_shuttle_attach(ssl, shuttle, method) == 1 else { throw .noMemory }
        SSL_set_accept_state(ssl)
    }

    deinit {
        // else a connection that was just closed would take its session along
        if isOpen { SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN) }
        SSL_free(ssl)
        claw_shuttle_clear(shuttle)
        shuttle.deallocate()
    }

    private func expect(_ name: TLSPeerName, _ section: String) throws(TLSFailure) {
        claw_ssl_set_strict_names(ssl)
        let isTaken =
            switch name {
            // to OpenSSL no name is any name, and a dot at its beginning any name below it
            case .host(let host):
                !host.isEmpty && !host.hasPrefix(".") && !host.utf8.contains(0)
                    && claw_ssl_set_host_name(ssl, host) == 1 && SSL_set1_host(ssl, host) == 1
            case .address(let text): claw_ssl_set_ip(ssl, text) == 1
            }
        guard isTaken else {
            throw TLSFailure(
                .certificate, "'\(name)' is no name that a certificate can bear",
                hint: "set \(section).serverName to the one in the peer's certificate")
        }
    }

    // MARK: facts

    /// The handshake is over, and nothing is wrong.
    package var isOpen: Bool { state == .open || state == .ended }
    package var peerHasEnded: Bool { state == .ended }
    /// The peer proved itself by an earlier session.
    package var isResumed: Bool { SSL_session_reused(ssl) == 1 }
    /// `TLSv1.3`.
    package var version: String { String(cString: SSL_get_version(ssl)) }

    /// What a server knows of its client; nil until the handshake is over.
    package var clientFacts: ClientTLS? {
        guard isOpen else { return nil }
        var certificate: ClientCertificate?
        if case .server(let server, _) = side, server.options.demand != .none { certificate = ClientCertificate(ssl) }
        let cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)).map { String(cString: $0) }
        return ClientTLS(
            version: version, cipher: cipher ?? "?",
            applicationProtocol: applicationProtocol,
            serverName: SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0).lowercased() },
            isResumed: isResumed, certificate: certificate)
    }

    /// What ALPN agreed on; nil where the peer does not know it.
    package var applicationProtocol: String? {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &bytes, &count)
        guard let bytes, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
    }

    // MARK: what happens

    /// The connection stands: the client speaks first.
    package func begin(_ out: inout ByteBuffer) -> TLSFailure? {
        var nothing = ByteBuffer()
        var plain = ByteBuffer()
        guard case .failed(let failure) = next(&nothing, &plain, &out) else { return nil }
        return failure
    }

    /// Takes bytes of the peer, all of them unless something happens first; nil when there is nothing more to tell.
    /// Plain bytes are appended to `plain`, answers of the protocol itself to `out`.
    package func next(_ input: inout ByteBuffer, _ plain: inout ByteBuffer, _ out: inout ByteBuffer) -> Event? {
        guard state == .handshaking || state == .open else {
            input.moveReaderIndex(to: input.writerIndex)
            return nil
        }
        OpenSSLErrors.clear()
        let wasHandshaking = state == .handshaking
        var result: CInt = 0
        input.readWithUnsafeReadableBytes { bytes in
            shuttle.pointee.in = bytes.bindMemory(to: UInt8.self).baseAddress
            shuttle.pointee.inCount = bytes.count
            result = wasHandshaking ? SSL_do_handshake(ssl) : decrypt(into: &plain)
            let left = shuttle.pointee.inCount
            shuttle.pointee.in = nil
            shuttle.pointee.inCount = 0
            return bytes.count - left
        }
        let error = result > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl, result)
        drain(&out)
        keepSession()
        switch error {
        case SSL_ERROR_NONE:
            if wasHandshaking, let failure = expiredCertificate() {
                state = .failed
                return .failed(failure)
            }
            state = .open
            return .established
        case SSL_ERROR_WANT_READ: return nil
        case SSL_ERROR_ZERO_RETURN:
            state = .ended
            return .ended
        default: return .failed(fail())
        }
    }

    /// Decrypts until there is no whole record left; OpenSSL's last, unsuccessful result.
    private func decrypt(into plain: inout ByteBuffer) -> CInt {
        var result: CInt = 0
        repeat {
            let least = plain.writableBytes == 0 ? Self.recordBytes : 0
            plain.writeWithUnsafeMutableBytes(minimumWritableBytes: least) { memory in
                result = SSL_read(ssl, memory.baseAddress, CInt(clamping: memory.count))
                return Int(max(result, 0))
            }
        } while result > 0
        return result
    }

    /// Encrypts, and appends what came of it to `out`.
    package func encrypt(_ plain: UnsafeRawBufferPointer, _ out: inout ByteBuffer) -> TLSFailure? {
        guard isOpen, !hasFinished else {
            return TLSFailure(.badProtocol, "TLS has ended", hint: "open another connection")
        }
        var rest = plain[...]
        // SSL_write counts in 32 bits
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            if let failure = encryptPiece(piece, &out) { return failure }
            rest = rest.dropFirst(piece.count)
        }
        return nil
    }

    /// Room that `encrypt` needs for so many bytes, at most.
    package static func room(for bytes: Int) -> Int { bytes + (bytes / recordBytes + 1) * recordOverhead }

    private func encryptPiece(_ plain: UnsafeRawBufferPointer, _ out: inout ByteBuffer) -> TLSFailure? {
        OpenSSLErrors.clear()
        var result: CInt = 0
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.room(for: plain.count)) { memory in
            shuttle.pointee.out = memory.bindMemory(to: UInt8.self).baseAddress
            shuttle.pointee.outCapacity = memory.count
            shuttle.pointee.outCount = 0
            result = SSL_write(ssl, plain.baseAddress, CInt(plain.count))
            let written = shuttle.pointee.outCount
            shuttle.pointee.out = nil
            shuttle.pointee.outCapacity = 0
            shuttle.pointee.outCount = 0
            return written
        }
        drain(&out)
        return result == CInt(plain.count) ? nil : fail()
    }

    /// Says that nothing more comes from here (`close_notify`); the peer may go on.
    package func finish(_ out: inout ByteBuffer) {
        guard isOpen, !hasFinished else { return }
        hasFinished = true
        OpenSSLErrors.clear()
        SSL_shutdown(ssl)
        OpenSSLErrors.clear()
        drain(&out)
    }

    // MARK: inside

    private func fail() -> TLSFailure {
        state = .failed
        switch side {
        case .client(let context, let name, _):
            return TLSWords.failure(OpenSSLErrors.take(), shuttle.pointee, name, context.options.section)
        case .server: return TLSWords.refusal(OpenSSLErrors.take(), shuttle.pointee)
        }
    }

    /// A session may be resumed again and again, while OpenSSL looks at the client's certificate in the first handshake
    /// alone: one that has expired since ends it.
    private func expiredCertificate() -> TLSFailure? {
        guard case .server(let server, _) = side, server.options.demand != .none, isResumed,
            let certificate = SSL_get0_peer_certificate(ssl), X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0
        else { return nil }
        var failure = TLSFailure(
            .certificate, "the client's certificate has expired since its session began",
            hint: "the client needs a new certificate")
        failure.refusal = .certificate
        return failure
    }

    /// Takes over what the session had to say by itself: handshakes, tickets, alerts.
    private func drain(_ out: inout ByteBuffer) {
        guard shuttle.pointee.spillCount > 0 else { return }
        out.writeBytes(UnsafeRawBufferPointer(start: shuttle.pointee.spill, count: shuttle.pointee.spillCount))
        shuttle.pointee.spillCount = 0
    }

    private func keepSession() {
        guard let session = shuttle.pointee.session, case .client(let context, _, let peer) = side else { return }
        shuttle.pointee.session = nil
        context.keepSession(TLSTicket(pointer: session), peer)
    }
}
