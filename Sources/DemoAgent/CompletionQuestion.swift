/// The body of a request for a completion, as far as the demo agent reads it.
struct CompletionQuestion: Decodable {
    struct StreamOptions: Decodable {
        var includeUsage: Bool?

        enum CodingKeys: String, CodingKey { case includeUsage = "include_usage" }
    }

    struct Turn: Decodable {
        var text: String

        private enum CodingKeys: String, CodingKey { case content }
        private struct Part: Decodable { var text: String? }

        /// `content` is text, a list of parts of which some have text, or null beside tool calls.
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            if let whole = try? container.decode(String.self, forKey: .content) {
                text = whole
            } else if let parts = try container.decodeIfPresent([Part].self, forKey: .content) {
                text = parts.compactMap(\.text).joined(separator: " ")
            } else {
                text = ""
            }
        }
    }

    var model: String?
    var messages: [Turn]
    var stream: Bool?
    var streamOptions: StreamOptions?

    enum CodingKeys: String, CodingKey {
        case model, messages, stream
        case streamOptions = "stream_options"
    }

    var lastText: String { messages.last?.text ?? "" }

    var promptWords: Int { messages.reduce(0) { $0 + Speech.count($1.text) } }
}
