internal import ArgumentParser
internal import Glibc
internal import Settings

/// `clawproxy check`: says whether a configuration is right.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say whether the configuration is right: exit 0, or 1 with every problem.")

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "Files to check, as if given with --config-file.") var files: [String] = []

    func run() throws {
        var options = options
        options.configFiles += files
        let loaded = options.load()
        for problem in loaded.problems { print(Self.line(problem, running: false)) }
        let errors = loaded.problems.filter { $0.severity == .error }.count
        let warnings = loaded.problems.count - errors
        let read = loaded.files.filter(\.exists).map(\.path).joined(separator: ", ")
        print(
            "\(errors == 0 ? "ok" : "wrong"): \(errors) errors, \(warnings) warnings; read: \(read.isEmpty ? "no file" : read)"
        )
        if errors > 0 { throw ExitCode(1) }
    }

    /// `FILE:LINE:COLUMN: KEY: what is wrong`, with the weight that it has for a check, or for a start.
    static func line(_ problem: Problem, running: Bool) -> String {
        switch problem.severity {
        case .error: "error: \(problem.description)"
        case .unready:
            running ? "error: \(problem.description)" : "warning: \(problem.description) (`run` refuses this)"
        case .warning: "warning: \(problem.description)"
        }
    }
}
