internal import Wire

/// What a body asks of an agent, as far as a key needs to know.
struct AgentRequest {
    let tape: JSONTape
    let shape: AgentShape
    let isStream: Bool
    /// The string that is the newest thing said by the user, where that is one piece of text.
    let prompt: Int?
    private(set) var model: Int?

    /// Larger bodies are not looked at.
    static let mostBytes = 1 << 20

    /// - Parameter maxTemperature: inclusive.
    init(_ body: UnsafeRawBufferPointer, maxTemperature: Double) throws(NotCached) {
        guard body.count <= Self.mostBytes else { throw .tooLarge }
        do throws(JSONTape.Fault) { tape = try JSONTape(body) } catch { throw NotCached(error) }
        guard tape.values[0].kind == .object else { throw .shape }
        var members = AgentMembers(tape)
        try members.read()
        guard let (shape, question) = members.question else { throw .shape }
        self.shape = shape
        isStream = try members.stream()
        model = members.first(.model) ?? members.first(.agent)
        prompt = AgentPrompt(tape).find(question, shape)
        try members.checkSession(shape)
        try members.checkTools(question)
        try members.checkEffects()
        try members.checkTemperature(maxTemperature)
    }

    /// What it says in canonical form: without the members of these names, without `stream`, whose meaning stands
    /// beside it in a key, and with a hole in the prompt's place where `hasHole`.
    func canonical(leavingOut names: [[UInt8]], hasHole: Bool) throws(NotCached) -> [UInt8] {
        let tape = tape
        var text = CanonicalJSON(tape, omitting: hasHole ? prompt ?? -1 : -1)
        do throws(JSONTape.Fault) {
            try text.write(0) { at in
                let name = tape.bytes(at)
                return name.isCaseless("stream") || names.contains { name.elementsEqual($0) }
            }
        } catch {
            throw NotCached(error)
        }
        return text.bytes
    }
}
