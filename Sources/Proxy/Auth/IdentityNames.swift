internal import Access
internal import Settings

/// Fields of clients that agents never get: those in which the edge itself tells them who somebody is, and its keys.
enum IdentityNames {
    /// In lower case. Rules that ask for nobody drop them, too: their agents may believe such fields all the same.
    static func dropped(_ settings: GatewaySettings, key: [UInt8]) -> [[UInt8]] {
        var names = settings.auth.identityFields
        if let header = settings.http.tls.identityHeader { names.append(header.lowercased()) }
        if !key.isEmpty { names.append(String(decoding: key, as: UTF8.self)) }
        // where underscores pass, `x_user` is dropped with `x-user`: some back ends read one as the other
        if settings.http.allowUnderscores { names = names.flatMap { IdentityField.spellings($0) } }
        return names.map { Array($0.utf8) }
    }
}
