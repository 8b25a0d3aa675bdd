/// Why a POST request is neither answered from the cache nor its answer kept.
package enum NotCached: String, Error, Sendable, Hashable, CaseIterable {
    case method
    /// `Authorization`, a cookie or an API key, without the rule's leave.
    case credentials
    case contentType = "content-type"
    case tooLarge = "too-large"
    case invalidJSON = "invalid-json"
    case nameTwice = "name-twice"
    /// Nothing in it that an agent is known to be asked by.
    case shape
    /// `stream` is neither true nor false.
    case streamFlag = "stream-flag"
    case session
    case tools
    case temperature
    /// `n` or `best_of` above 1: who asks for several answers wants them to differ.
    case choices
    /// Its answer is wanted for something else than being read: `store`, `background`, `deliver`.
    case effects
    /// Memory ran out where it is bounded (a template's expression, libcrypto).
    case memory

    /// For metrics and logs.
    package var word: String { rawValue }

    /// For people: what is so about the request.
    package var meaning: String {
        switch self {
        case .method: "it is no POST"
        case .credentials: "it carries credentials, and the rule does not allow those"
        case .contentType: "its body is not declared as JSON, or is encoded"
        case .tooLarge: "its body is larger, longer or deeper than is looked at"
        case .invalidJSON: "its body is not valid JSON"
        case .nameTwice: "a name stands twice in one object of its body"
        case .shape: "its body has no messages, input, prompt or message"
        case .streamFlag: "its `stream` is neither true nor false"
        case .session: "it belongs to a session"
        case .tools: "it has tools, or its messages speak of their use"
        case .temperature: "its temperature is above the rule's bound"
        case .choices: "it asks for several answers"
        case .effects: "its answer has effects: it is stored, run in the background or delivered"
        case .memory: "memory ran out"
        }
    }

    init(_ fault: JSONTape.Fault) {
        self =
            switch fault {
            case .syntax, .number: .invalidJSON
            case .tooDeep, .tooLong: .tooLarge
            case .nameTwice: .nameTwice
            }
    }
}
