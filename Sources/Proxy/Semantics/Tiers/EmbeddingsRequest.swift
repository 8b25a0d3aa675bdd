internal import Settings

/// A request for vectors as OpenAI's API has it, and what is wrong with answers to it.
struct EmbeddingsRequest: Sendable {
    /// An answer may have so many bytes for each text: 4,096 numbers in JSON are some 90 KB.
    private static let mostBytesEach = 128 << 10

    private let request: HTTPRequest
    private let model: String

    init(_ url: EmbeddingsURL, model: String, apiKey: Secret?) {
        var request = HTTPRequest(url.target)
        request.method = "POST"
        request.set("Content-Type", "application/json")
        request.set("Accept", "application/json")
        request.set("User-Agent", "clawproxy/\(Version.number)")
        if let apiKey, !apiKey.value.isEmpty { request.set("Authorization", "Bearer \(apiKey.value)") }
        self.request = request
        self.model = JSONText.quoted(model)
    }

    func asking(_ texts: [String]) -> HTTPRequest {
        var request = request
        let input = texts.map(JSONText.quoted).joined(separator: ",")
        request.body = Array("{\"model\":\(model),\"input\":[\(input)]}".utf8)
        request.mostBytes = max(1 << 20, texts.count * Self.mostBytesEach)
        return request
    }

    /// The vectors in the order of the texts, all of one length. Nothing of a body stands in what is wrong: it may
    /// repeat the key or somebody's text.
    ///
    /// - Parameter dimensions: numbers that each must have; 0: any.
    static func vectors(in answer: HTTPAnswer, count: Int, dimensions: Int) -> Result<[[Float]], TierFault> {
        guard answer.status == 200 else { return .failure(fault(status: answer.status)) }
        let vectors: [[Float]]
        do throws(EmbeddingsFault) {
            vectors = try EmbeddingsReader.vectors(in: answer.body, count: count)
        } catch {
            return .failure(
                .failed("expected vectors as OpenAI's API has them, found \(error.found); see whether `url` is right"))
        }
        let wanted = dimensions > 0 ? dimensions : vectors.first?.count ?? 0
        if let other = vectors.first(where: { $0.count != wanted }) {
            return .failure(.dimensions(expected: wanted, found: other.count))
        }
        return .success(vectors)
    }

    private static func fault(status: Int) -> TierFault {
        switch status {
        case 400, 413, 422: .refused(status: status)
        case 401, 403: .failed("expected vectors, found status \(status): the key does not do; correct `apiKey`")
        case 404, 405: .failed("expected vectors, found status \(status); correct `url` or `model`")
        case 429: .failed("expected vectors, found status 429: it is asked too often; raise its limits")
        default: .failed("expected vectors, found status \(status); see its own log")
        }
    }
}
