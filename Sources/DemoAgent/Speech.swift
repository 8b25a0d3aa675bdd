/// What an agent says. It is the same for the same question, so that streamed words and whole answers can be compared.
enum Speech {
    /// Most words of a question that are repeated.
    private static let longestEcho = 256
    private static let filler = ["the", "claw", "opens", "and", "closes", "while", "words", "pass", "by"]

    /// The words of the answer to a question; `count` of them where a count is asked for.
    static func words(_ question: String, by agent: Agent, count: Int?) -> [String] {
        let heard = question.split(whereSeparator: \.isWhitespace).prefix(longestEcho).map(String.init)
        let words = [agent.id, "heard:"] + heard
        guard let count else { return words }
        guard count > words.count else { return Array(words.prefix(count)) }
        return words + (words.count..<count).map { filler[$0 % filler.count] }
    }

    /// A word as it is streamed: together the pieces are exactly the whole answer.
    static func piece(_ words: [String], _ index: Int) -> String {
        index == 0 ? words[0] : " " + words[index]
    }

    static func whole(_ words: [String]) -> String { words.joined(separator: " ") }

    static func count(_ text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }
}
