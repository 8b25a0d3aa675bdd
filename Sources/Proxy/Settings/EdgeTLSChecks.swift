internal import Settings

/// The files that TLS towards clients needs must be there, and fit together.
enum EdgeTLSChecks {
    static func check(_ settings: TLSSettings, _ node: Node, _ reading: inout Reading) {
        guard settings.isOn, settings.cert != nil || !settings.certificates.isEmpty,
            TLSCiphers(settings.ciphers.values).wrong == nil
        else { return }
        do throws(TLSFailure) {
            _ = try TLSServer(TLSServerOptions(settings))
        } catch {
            let written = node["http"]?["tls"]
            var place = written
            var names: [String] = []
            for part in (error.key ?? "cert").split(separator: ".") {
                // certificates[1].key
                let name = part.prefix { $0 != "[" }
                place = place?[String(name)]
                names.append(String(name))
                guard part.hasSuffix("]"), let index = Int(part.dropFirst(name.count + 1).dropLast()) else { continue }
                names.append("[\(index)]")
                let entries = place?.elements ?? []
                place = entries.indices.contains(index) ? entries[index] : place
            }
            let path = reading.path
            reading.path += ["http", "tls"] + names
            reading.unready(place?.position ?? written?.position ?? node.position, error.description)
            reading.path = path
        }
    }
}
