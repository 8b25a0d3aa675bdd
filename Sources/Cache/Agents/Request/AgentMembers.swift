internal import Wire

/// The known members of a request's outermost object, and what they forbid.
struct AgentMembers {
    private let tape: JSONTape
    /// Values with what their names mean, as they stand.
    private var known: [(member: AgentMember, at: Int)] = []

    /// No API has as many, and each is looked up in a list.
    private static let most = 256

    init(_ tape: JSONTape) { self.tape = tape }

    /// Finds them. One that stands twice in different case is read differently by different readers, and so is a name
    /// beyond ASCII, which some of them fold into it.
    mutating func read() throws(NotCached) {
        var names: [Int] = []
        var count = 0
        for at in tape.elements(0) {
            let name = tape.bytes(at)
            count += 1
            guard count <= Self.most else { throw .tooLarge }
            guard name.allSatisfy({ $0 < 0x80 }) else { throw .shape }
            guard let member = AgentMember(name) else { continue }
            guard !names.contains(where: { tape.bytes($0).isCaseless(name) }) else { throw .nameTwice }
            names.append(at)
            known.append((member, at + 1))
        }
    }

    func first(_ member: AgentMember) -> Int? { known.first { $0.member == member }?.at }

    private func all(_ member: AgentMember) -> [Int] { known.filter { $0.member == member }.map(\.at) }

    /// Where the question stands, and what that makes the request.
    var question: (AgentShape, Int)? {
        let shapes: [(AgentMember, AgentShape)] = [
            (.messages, .messages), (.input, .input), (.prompt, .prompt), (.message, .message),
        ]
        for (member, shape) in shapes {
            guard let at = first(member) else { continue }
            // text, or a list of it; `messages` is never text
            let kind = tape.values[at].kind
            let isRight = kind == .array && shape != .message || kind == .string && shape != .messages
            return isRight && tape.isSomething(at) ? (shape, at) : nil
        }
        return nil
    }

    func stream() throws(NotCached) -> Bool {
        guard let at = first(.stream) else { return false }
        switch tape.values[at].kind {
        case .true: return true
        case .false, .null: return false
        default: throw .streamFlag
        }
    }

    /// Conversations are told by a key of their own, also where `metadata` has it. To an OpenClaw agent, `user` is one.
    func checkSession(_ shape: AgentShape) throws(NotCached) {
        guard !all(.session).contains(where: tape.isSomething) else { throw .session }
        for at in all(.metadata) {
            for name in tape.elements(at) where AgentMember(tape.bytes(name)) == .session {
                guard !tape.isSomething(name + 1) else { throw .session }
            }
        }
        let names = [first(.model), first(.agent)].compactMap { $0.flatMap(tape.string) }
        let isOpenClaw = shape == .message || names.contains { $0.isPrefixedCaseless("openclaw") }
        if isOpenClaw, let user = first(.user), tape.isSomething(user) { throw .session }
    }

    /// Tools make a request an act: those offered, those chosen, and those that its messages say were used.
    func checkTools(_ question: Int) throws(NotCached) {
        guard !all(.tools).contains(where: tape.isSomething) else { throw .tools }
        for at in all(.toolChoice) where tape.isSomething(at) {
            guard tape.string(at)?.isCaseless("none") == true else { throw .tools }
        }
        for at in question..<Int(tape.values[question].next) where tape.values[at].kind == .name {
            guard !AgentToolUse.isTold(tape, name: at) else { throw .tools }
        }
    }

    func checkEffects() throws(NotCached) {
        guard !all(.effects).contains(where: tape.isSomething) else { throw .effects }
        for at in all(.choices) where tape.values[at].kind != .null {
            guard let number = number(at), number <= 1 else { throw .choices }
        }
    }

    func checkTemperature(_ bound: Double) throws(NotCached) {
        var stated = all(.temperature)
        for at in all(.options) {
            stated += tape.elements(at).filter { AgentMember(tape.bytes($0)) == .temperature }.map { $0 + 1 }
        }
        stated.removeAll { tape.values[$0].kind == .null }
        if stated.isEmpty, AgentCachePolicy.unstatedTemperature > bound { throw .temperature }
        for at in stated {
            guard let number = number(at), number <= bound else { throw .temperature }
        }
    }

    private func number(_ at: Int) -> Double? {
        tape.values[at].kind == .number ? Double(tape.bytes(at).text) : nil
    }
}
