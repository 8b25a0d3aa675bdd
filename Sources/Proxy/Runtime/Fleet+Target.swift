internal import Balancer
internal import Routing

extension Fleet {
    /// The pool that a rule's name stands for; without a name that of every agent. Nil when nobody bears the name.
    func pool(of name: TargetName?) -> Pool? {
        switch name {
        case nil: all
        case .agent(let id): pool(agent: id)
        case .tag(let tag): pool(tag: tag)
        case .pool(let name): pool(named: name)
        case .bare(let name): bare(name)
        }
    }
}
