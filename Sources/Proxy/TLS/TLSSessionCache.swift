internal import COpenSSL

/// What resumes a session (`SSL_SESSION`); OpenSSL counts its references atomically.
struct TLSTicket: @unchecked Sendable {
    let pointer: OpaquePointer
}

/// Sessions of TLS that can be resumed, by peer: the newest few of each. Those of TLS 1.3 are used once, so that two
/// connections cannot be told to be of one client (RFC 8446 C.4).
struct TLSSessionCache: ~Copyable {
    private static let mostPerPeer = 4
    private static let mostPeers = 1024

    private var kept: [String: [TLSTicket]] = [:]

    deinit { Self.free(kept) }

    mutating func take(_ peer: String) -> TLSTicket? {
        while let session = kept[peer]?.popLast() {
            guard SSL_SESSION_is_resumable(session.pointer) == 1 else {
                SSL_SESSION_free(session.pointer)
                continue
            }
            let isOld = SSL_SESSION_get_protocol_version(session.pointer) < TLS1_3_VERSION
            if isOld, SSL_SESSION_up_ref(session.pointer) == 1 {
                kept[peer]?.append(session)
            }
            return session
        }
        return nil
    }

    mutating func keep(_ session: TLSTicket, _ peer: String) {
        if kept[peer] == nil, kept.count >= Self.mostPeers {
            Self.free(kept)
            kept = [:]
        }
        var sessions = kept.removeValue(forKey: peer) ?? []
        if sessions.count >= Self.mostPerPeer { SSL_SESSION_free(sessions.removeFirst().pointer) }
        sessions.append(session)
        kept[peer] = sessions
    }

    private static func free(_ kept: [String: [TLSTicket]]) {
        for sessions in kept.values { for session in sessions { SSL_SESSION_free(session.pointer) } }
    }
}
