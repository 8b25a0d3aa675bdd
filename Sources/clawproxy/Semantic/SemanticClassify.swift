internal import ArgumentParser
internal import Glibc
internal import Proxy
internal import Settings

/// `clawproxy semantic classify`: what would become of each line of input.
struct SemanticClassify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: "Judge lines by the semantic rules of the configuration: a line of JSON for each.",
        discussion: """
            A line is a text, or a JSON object with `text`, or a body as clients send it (`message`, `messages`). For \
            each comes {"route", "score", "tier"}: the rule, null where none reaches its threshold; its score, or the \
            highest of all; and whose word it was. Paths and conditions of the rules do not count here.

              clawproxy semantic classify < prompts.txt
              clawproxy semantic classify --text '帮我写代码' --verbose

            A configuration without semantic rules: the library's categories stand for them, and a text is of none \
            where that is likelier than each.
            """)

    @Option(help: ArgumentHelp("One text, in place of standard input.", valueName: "text")) var text: String?
    @Flag(help: "Tell the three likeliest categories too.") var verbose = false
    @Flag(help: "Ask no encoder of semantic.tiers.") var builtin = false
    @OptionGroup var options: ConfigurationOptions

    private static let likeliest = 3

    func run() throws {
        let meaning = try SemanticRules.load(options, asksTiers: !builtin)
        if meaning.isLibrary {
            complain("the configuration has no semantic rules: judged by the library's categories, each as a route")
        }
        if let text {
            try tell(Array(text.utf8), meaning)
        } else {
            var lines = InputLines(STDIN_FILENO)
            while let line = try lines.next() { try tell(line, meaning) }
        }
    }

    /// At once, so that whoever writes line after line gets an answer to each.
    private func tell(_ line: [UInt8], _ meaning: OfflineMeaning) throws {
        let decision: OfflineDecision
        do throws(SemanticFault) {
            decision = try meaning.decide(meaning.text(of: line))
        } catch {
            complain(error.description)
            throw ExitCode(1)
        }
        print(decision.node(likeliest: verbose ? Self.likeliest : 0).json)
        guard fflush(nil) == 0 else {
            let why = String(cString: strerror(errno)).lowercased()
            complain("standard output: cannot be written: \(why); make room, or write elsewhere")
            throw ExitCode(1)
        }
    }
}
