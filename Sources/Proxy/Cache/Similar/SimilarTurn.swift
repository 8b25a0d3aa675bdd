internal import Cache
internal import Semantics

/// What finds the answers to requests that are similar to one, and by what those will find its own.
final class SimilarTurn {
    /// Of the exact key: what stands in the index for it.
    private let own: [UInt8]
    /// Everything that must be equal, the tenant and the address too.
    let frame: [UInt8]
    let tenant: String
    let print: PromptPrint
    /// Found, and not in memory: the layers that answer later may have it.
    var pending: (key: CacheKey, found: SimilarPrompts.Found)?

    init(_ agent: AgentKey, frame: [UInt8], tenant: String, _ print: PromptPrint) {
        own = agent.bytes
        self.frame = frame
        self.tenant = tenant
        self.print = print
    }

    /// The answer is kept: similar requests get it from now on.
    func keep(in prompts: SimilarPrompts) { prompts.keep(own, print, tenant: tenant, frame: frame) }

    /// The nearest one but this very request, which was looked for already.
    func find(in prompts: SimilarPrompts, _ threshold: Double) -> SimilarPrompts.Found? {
        guard let found = prompts.find(print, tenant: tenant, frame: frame, threshold: threshold) else { return nil }
        guard found.key == own else { return found }
        prompts.forget(own, tenant: tenant, frame: frame)
        return prompts.find(print, tenant: tenant, frame: frame, threshold: threshold)
    }
}
