/// Why the agent cannot run, as the command line shows it.
struct RuntimeProblem: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
}
