internal import Access
internal import NIOPosix
internal import Settings

/// Where the keys of an issuer come from: an address, a file, or the settings themselves.
struct JWTKeySource: Sendable {
    static let timeout = Duration.seconds(5)
    /// Of a set that is fetched.
    private static let mostBytes = 256 * 1024

    private let settings: JWTIssuerSettings
    private let tls: AgentTLS
    private let client: HTTPClient?

    init(_ settings: JWTIssuerSettings, tls: AgentTLS) {
        self.settings = settings
        self.tls = tls
        client = settings.jwksUrl == nil ? nil : HTTPClient()
    }

    func close() { client?.close() }

    /// The text of the keys, for comparison, and what it says.
    func read() async throws(JWTKeyFault) -> (text: [UInt8], keys: [JWTKey]) {
        if let secret = settings.secret {
            return ([], try JWTKeyReading.installed.secret(Array(secret.value.utf8)))
        }
        let text = try await bytes()
        return (text, try Self.keys(text, settings))
    }

    static func keys(_ text: [UInt8], _ settings: JWTIssuerSettings) throws(JWTKeyFault) -> [JWTKey] {
        let reading = try JWTKeyReading.installed
        let keys = settings.keyFile == nil ? try reading.set(text) : try reading.pem(text)
        guard keys.contains(where: { key in key.algorithms.contains(where: settings.algorithms.contains) }) else {
            let names = settings.algorithms.map(\.rawValue).joined(separator: ", ")
            throw JWTKeyFault("has no key for the algorithms \(names); correct `algorithms`")
        }
        return keys
    }

    /// Blocks: not on a loop.
    static func file(_ path: String) throws(JWTKeyFault) -> [UInt8] {
        switch FileReading.read(path) {
        case .bytes(let bytes): return bytes
        case .missing: throw JWTKeyFault("\(path) is not there")
        case .unreadable(let why): throw JWTKeyFault("\(path) cannot be read: \(why)")
        }
    }

    private func bytes() async throws(JWTKeyFault) -> [UInt8] {
        if let path = settings.jwksFile ?? settings.keyFile {
            return try await Self.aside { () throws(JWTKeyFault) in try Self.file(path) }
        }
        guard let text = settings.jwksUrl, let client else { throw JWTKeyFault("no place is given") }
        let url = try ServiceURL(text)
        var options = TLSClientOptions()
        options.caFile = settings.caFile
        options.section = "auth.jwt"
        let (tls, trust) = (tls, options)
        let destination = try await Self.aside { () throws(JWTKeyFault) in
            do throws(TLSFailure) {
                return try url.destination(tls, trust)
            } catch {
                throw JWTKeyFault(error.description)
            }
        }
        var request = HTTPRequest(url.target)
        request.mostBytes = Self.mostBytes
        request.set("Accept", "application/jwk-set+json, application/json")
        let answer: HTTPAnswer
        do throws(HTTPClientFailure) {
            answer = try await client.send(request, to: destination, within: Self.timeout)
        } catch {
            throw JWTKeyFault("\(text): \(error)")
        }
        guard answer.status == 200 else {
            throw JWTKeyFault("\(text) answers with \(answer.status), where 200 is expected")
        }
        return answer.body
    }

    /// Work that may block.
    private static func aside<Value: Sendable>(
        _ work: @escaping @Sendable () throws(JWTKeyFault) -> Value
    ) async throws(JWTKeyFault) -> Value {
        let found: Result<Value, JWTKeyFault> = await withCheckedContinuation { next in
            NIOThreadPool.singleton.submit { _ in next.resume(returning: Result(catching: work)) }
        }
        return try found.get()
    }
}
