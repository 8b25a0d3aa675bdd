internal import COpenSSL
internal import Settings

/// Ciphers as a configuration lists them, told apart: suites of TLS 1.3, and a list for TLS 1.2.
struct TLSCiphers {
    /// Nil: none was named.
    private(set) var list: String?
    private(set) var suites = ""
    /// The first that OpenSSL does not know.
    private(set) var wrong: String?

    /// Forward secrecy and authenticated encryption alone; what is cheap on machines with AES in hardware first.
    static let usualList = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")
    static let usualSuites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

    init(_ given: [String]) {
        var old: [String] = []
        var new: [String] = []
        let words = given.flatMap { $0.split { ": ,".contains($0) } }.map(String.init)
        guard !words.isEmpty, let context = SSL_CTX_new(TLS_server_method()) else { return }
        defer { SSL_CTX_free(context) }
        for word in words {
            // those of TLS 1.3 leave open how keys are agreed on: no WITH in their names; OpenSSL takes both kinds here
            if word.hasPrefix("TLS_"), !word.contains("_WITH_") {
                if word.utf8.contains(0) || SSL_CTX_set_ciphersuites(context, word) != 1 { wrong = wrong ?? word }
                new.append(word)
                continue
            }
            // the registry's name (RFC 5246 A.5), or OpenSSL's own; operators of lists take words of any kind
            let name = word.hasPrefix("TLS_") ? OPENSSL_cipher_name(word).map { String(cString: $0) } ?? word : word
            let isOperator = name.hasPrefix("!") || name.hasPrefix("-") || name.hasPrefix("+") || name.hasPrefix("@")
            let probe = isOperator ? "ALL:\(name)" : name
            if name.utf8.contains(0) || SSL_CTX_set_cipher_list(context, probe) != 1 { wrong = wrong ?? word }
            old.append(name)
        }
        OpenSSLErrors.clear()
        suites = new.joined(separator: ":")
        list = old.isEmpty ? nil : old.joined(separator: ":")
    }
}
