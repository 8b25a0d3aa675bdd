package import Settings
internal import Wire

/// What browsers are told of a route (Fetch standard 3.2, "CORS protocol"): worked out beforehand, as whole field lines.
package final class CORSPolicy: Sendable {
    /// What a preflight comes to.
    package enum Verdict: Equatable, Sendable {
        /// The field lines of its answer.
        case allowed([UInt8])
        case refused(Reason)
    }

    package enum Reason: String, Sendable { case origin, method, headers }

    /// Lower-case names of the fields that an agent may not say here: the edge does.
    package static let spoken: [[UInt8]] = [
        "access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers",
        "access-control-allow-methods", "access-control-allow-headers", "access-control-max-age",
    ].map { Array($0.utf8) }

    /// On every answer, whoever asked: caches must not give one origin's answer to another.
    package static let vary = Array("Vary: Origin\r\n".utf8)
    package static let varyOfPreflight = Array(
        "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n".utf8)

    private let exact: Set<[UInt8]>
    private let labels: [(scheme: [UInt8], rest: [UInt8])]
    private let allowsAll: Bool
    private let methods: Set<[UInt8]>
    private let allowsAllMethods: Bool
    private let headers: Set<[UInt8]>
    private let allowsAllHeaders: Bool
    /// Behind the origin: credentials, and what may be seen.
    private let answerLines: [UInt8]
    private let credentialLine: [UInt8]
    private let methodLine: [UInt8]
    private let ageLine: [UInt8]

    /// Nil where it is off, or no origin is allowed.
    package init?(_ settings: CORSSettings) {
        guard settings.isOn, settings.contradiction == nil else { return nil }
        var exact: Set<[UInt8]> = []
        var labels: [(scheme: [UInt8], rest: [UInt8])] = []
        for origin in settings.allowedOrigins ?? [] {
            switch origin {
            case .all: break
            case .exact(let text): exact.insert(Array(text.utf8))
            case .label(let scheme, let rest): labels.append((Array(scheme.utf8), Array(rest.utf8)))
            }
        }
        self.exact = exact
        self.labels = labels
        allowsAll = settings.allowedOrigins?.contains(.all) == true
        let methods = settings.allowedMethods ?? CORSSettings.standardMethods
        self.methods = Set(methods.map { Array($0.utf8) })
        allowsAllMethods = methods.contains("*")
        let headers = settings.allowedHeaders ?? []
        self.headers = Set(headers.map { Array($0.lowercased().utf8) })
        allowsAllHeaders = headers.contains("*")
        let credentials = settings.allowCredentials == true
        credentialLine = credentials ? Array("Access-Control-Allow-Credentials: true\r\n".utf8) : []
        let exposed = settings.exposedHeaders ?? []
        answerLines =
            credentialLine
            + (exposed.isEmpty
                ? [] : Array("Access-Control-Expose-Headers: \(exposed.joined(separator: ", "))\r\n".utf8))
        // with credentials `*` is a method of that name (Fetch 3.2.5), so what was asked for is said instead
        methodLine =
            allowsAllMethods ? [] : Array("Access-Control-Allow-Methods: \(methods.joined(separator: ", "))\r\n".utf8)
        ageLine = settings.maxAge.map { Array("Access-Control-Max-Age: \($0.components.seconds)\r\n".utf8) } ?? []
    }

    /// Whether a page of this origin may ask. Browsers write origins in lower case and without ports that are the
    /// scheme's own.
    package func allows(_ origin: UnsafeRawBufferPointer) -> Bool {
        if allowsAll { return true }
        guard origin.count > 0, origin.count <= 512 else { return false }
        if exact.contains(Array(origin)) { return true }
        return labels.contains { scheme, rest in
            guard origin.count > scheme.count + rest.count, origin.starts(with: scheme),
                origin[(origin.count - rest.count)...].elementsEqual(rest)
            else { return false }
            return origin[scheme.count..<(origin.count - rest.count)].allSatisfy(Self.isLabelByte)
        }
    }

    private static func isLabelByte(_ byte: UInt8) -> Bool {
        ByteClass.isDigit(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d || byte == 0x5f
    }

    /// The lines of an answer, `Vary` among them.
    package func lines(for origin: UnsafeRawBufferPointer?) -> [UInt8] {
        guard let origin, allows(origin) else { return Self.vary }
        return allowed(origin) + answerLines + Self.vary
    }

    private func allowed(_ origin: UnsafeRawBufferPointer) -> [UInt8] {
        // credentials are never with `*`: that is no configuration
        if allowsAll { return Array("Access-Control-Allow-Origin: *\r\n".utf8) }
        return Array("Access-Control-Allow-Origin: ".utf8) + Array(origin) + [0x0d, 0x0a]
    }

    /// What a browser asks before it sends a request that is not simple.
    package func preflight(
        _ origin: UnsafeRawBufferPointer, method: UnsafeRawBufferPointer, headers asked: UnsafeRawBufferPointer?
    ) -> Verdict {
        guard allows(origin) else { return .refused(.origin) }
        // what is echoed stands in a field: nothing but a token may
        guard method.count > 0, method.allSatisfy(ByteClass.isToken), allowsAllMethods || methods.contains(Array(method))
        else { return .refused(.method) }
        var names: [[UInt8]] = []
        var isAllowed = true
        asked?.forEachListMember { name in
            guard name.count > 0 else { return }
            let lower = name.map(ByteClass.lower)
            if !name.allSatisfy(ByteClass.isToken) || !(allowsAllHeaders || self.headers.contains(lower)) {
                isAllowed = false
            }
            names.append(lower)
        }
        guard isAllowed else { return .refused(.headers) }
        var lines = allowed(origin) + credentialLine
        lines += allowsAllMethods ? Array("Access-Control-Allow-Methods: ".utf8) + Array(method) + [0x0d, 0x0a] : methodLine
        if !names.isEmpty {
            lines += Array("Access-Control-Allow-Headers: ".utf8) + Array(names.joined(separator: Array(", ".utf8)))
            lines += [0x0d, 0x0a]
        }
        return .allowed(lines + ageLine + Self.varyOfPreflight)
    }
}
