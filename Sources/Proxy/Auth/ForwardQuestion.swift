internal import Access
internal import Wire

/// What the service is asked about one request.
struct ForwardQuestion: Sendable {
    let request: HTTPRequest
    /// Stands for all that the answer may depend on, as the settings say.
    let key: SHA256Digest
    /// Of the credentials alone: whose data it is where the service does not say.
    let credentials: SHA256Digest
    /// A page is wanted: it can be sent elsewhere to sign in.
    let isForPeople: Bool

    /// Nil only where there is no memory.
    init?(_ head: RequestHead, _ settings: ForwardAuthSettings, target: String, address: [UInt8], scheme: String) {
        var request = HTTPRequest(target)
        request.mostBytes = ForwardAuth.mostBytes
        request.cutsLongAnswers = true
        var given: [UInt8] = []
        for name in settings.requestHeaders {
            let lowercased = Array(name.lowercased().utf8)
            for at in 0..<head.lines.fieldCount {
                let field = head.lines.fields[at]
                guard lowercased.withUnsafeBytes({ head.lines.name(field).isCaseless($0) }) else { continue }
                let value = head.lines.value(field)
                request.fields.append((name, value.text))
                Self.add(lowercased, to: &given)
                Self.add(Array(value), to: &given)
            }
        }
        let uri = head.path.text + (head.hasQuery ? "?" + head.query.text : "")
        let address = String(decoding: address, as: UTF8.self)
        request.fields += [
            ("X-Forwarded-Method", head.methodBytes.text), ("X-Forwarded-Uri", uri),
            ("X-Forwarded-Host", head.host.text), ("X-Forwarded-Proto", scheme),
            ("X-Forwarded-For", address),
        ]
        var takesPages = false
        head.first(named: "accept")?.forEachListMember { if $0.isPrefixedCaseless("text/html") { takesPages = true } }
        isForPeople = takesPages && (head.method == .get || head.method == .head)
        // who shares an answer under way is sent elsewhere with it, or is not
        var asked = given + [isForPeople ? 1 : 0]
        if !settings.cacheByCredentials {
            for part in [head.methodBytes.text, uri, head.host.text.lowercased(), address, scheme] {
                Self.add(Array(part.utf8), to: &asked)
            }
        }
        guard let credentials = given.withUnsafeBytes({ SHA256Digest(of: $0) }),
            let key = asked.withUnsafeBytes({ SHA256Digest(of: $0) })
        else { return nil }
        self.credentials = credentials
        self.key = key
        self.request = request
    }

    /// With its length, so that no two lists of parts are one text.
    private static func add(_ part: [UInt8], to text: inout [UInt8]) {
        for shift in stride(from: 0, to: 32, by: 8) { text.append(UInt8(truncatingIfNeeded: part.count >> shift)) }
        text += part
    }
}
