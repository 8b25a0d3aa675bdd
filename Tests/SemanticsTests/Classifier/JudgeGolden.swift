import Testing

/// Decisions of the numpy reference of the algorithm after a few examples.
struct JudgeGolden: Sendable, CustomTestStringConvertible {
    var text: String
    /// In the order of `categories`.
    var probabilities: [Float]

    var testDescription: String { text }

    /// Category and example.
    static let categories: [(name: String, examples: [String])] = [
        (
            "code",
            [
                "write a python function that sorts a list",
                "\u{5E2E}\u{6211}\u{5199}\u{4EE3}\u{7801}",
                "fix this bug in my program",
            ]
        ),
        (
            "music",
            [
                "play some jazz",
                "\u{653E}\u{4E00}\u{9996}\u{6B4C}",
                "turn up the volume of this song",
            ]
        ),
        (
            "weather",
            [
                "what is the weather today",
                "\u{4ECA}\u{5929}\u{5929}\u{6C14}\u{600E}\u{4E48}\u{6837}",
                "will it rain tomorrow",
            ]
        ),
    ]

    static let rows: [JudgeGolden] = [
        JudgeGolden(text: "write code", probabilities: [0.99944, 0.000121, 0.000206]),
        JudgeGolden(
            text: "\u{660E}\u{5929}\u{4F1A}\u{4E0B}\u{96E8}\u{5417}", probabilities: [0.001916, 0.002064, 0.994789]),
        JudgeGolden(text: "play a song by the beatles", probabilities: [3.1e-05, 0.999792, 1.9e-05]),
        JudgeGolden(text: "how do i cook rice", probabilities: [0.273072, 0.502744, 0.153447]),
        JudgeGolden(text: "", probabilities: [0.3064, 0.3064, 0.3064]),
    ]
}
