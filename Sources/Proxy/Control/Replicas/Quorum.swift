/// How many replicas must agree: more than half; of an even number also half, if the coordinator is one of them. Any
/// two quorums have a replica in common.
package struct Quorum: Sendable, Equatable {
    package let size: Int

    package init(size: Int) { self.size = size }

    package func isReached(by members: Set<Int>) -> Bool {
        members.count * 2 > size || (members.count * 2 == size && members.contains(0))
    }
}
