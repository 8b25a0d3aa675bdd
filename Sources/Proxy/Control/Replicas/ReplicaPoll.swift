internal import Settings

/// One question to several replicas at once, their answers taken as they come.
enum ReplicaPoll {
    /// `take` says when enough is known; who has not answered by then is not waited for.
    static func ask<Answer: Sendable>(
        _ members: some Sequence<Int>, _ question: @escaping @Sendable (Int) async -> Answer,
        _ take: (Int, Answer) -> Bool
    ) async {
        await withTaskGroup(of: (Int, Answer).self) { group in
            for member in members { group.addTask { (member, await question(member)) } }
            for await (member, answer) in group where take(member, answer) {
                group.cancelAll()
                return
            }
        }
    }
}
