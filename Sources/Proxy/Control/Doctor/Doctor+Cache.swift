internal import Cache
internal import Settings

/// Whether what is kept can be found again.
extension Doctor {
    @Sendable static func cache(_ seen: Examination) -> [Finding] {
        guard !seen.cacheLayers.isEmpty else { return [] }
        var findings = seen.cacheLayers.compactMap { layer in
            layer.trouble.map { trouble in
                Finding.warning(
                    "cache layer \(layer.name)", "\(trouble): what it holds counts as missing",
                    remedy: "correct its entry in cache.layers, or bring it back; requests are served meanwhile")
            }
        }
        let sharesEntries = seen.settings.cache.stores.contains { $0.type == .redis }
        if sharesEntries, seen.settings.secrets.hmac == nil, seen.settings.admin.peers != nil {
            findings.append(
                .warning(
                    "cache", "replicas cannot find what others have kept in Redis: each made a secret of its own",
                    remedy: "set secrets.hmac to the same value on all of them"))
        }
        if !findings.isEmpty { return findings }
        let entries = seen.cacheLayers.compactMap(\.entries).reduce(0, +)
        let names = seen.cacheLayers.map(\.name).joined(separator: ", ")
        return [.ok("cache", "\(names): \(entries) entries in this process")]
    }
}
