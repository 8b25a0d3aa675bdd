internal import Settings

/// `explain.request`: what would become of a request. Nothing is sent, and nothing of what runs is touched: it reads a
/// generation and the states of its agents, and runs on any thread.
enum ExplainRequest {
    /// `position` says where a rule was written, by its place in `routing.rules`; -1 stands for `routing.default`. The
    /// shape of the answer is that of `RequestExplanation.payload`.
    static func payload(
        _ params: Node, generation: Generation, position: (Int) -> String?
    ) throws(ControlFailure) -> Node {
        let question = try RequestQuestion(params)
        return RequestExplanation(question, generation).payload(position)
    }
}
