internal import ArgumentParser
internal import Proxy
internal import Settings

/// The semantic rules of the configuration that a command is given.
enum SemanticRules {
    static func load(_ options: ConfigurationOptions, asksTiers: Bool) throws -> OfflineMeaning {
        let loaded = options.load()
        if !loaded.isValid {
            for problem in loaded.problems where problem.severity == .error {
                complain(Check.line(problem, running: false))
            }
            complain("nothing was judged: correct the problems above; `clawproxy check` lists them again")
            throw ExitCode(1)
        }
        do throws(SemanticFault) {
            let meaning = try OfflineMeaning(loaded.root, asksTiers: asksTiers)
            if !meaning.leftOut.isEmpty {
                complain("not asked from here: \(meaning.leftOut.joined(separator: ", ")) (type endpoint)")
            }
            return meaning
        } catch {
            complain("\(error.description); or give --builtin")
            throw ExitCode(1)
        }
    }
}
