package import Wire

/// What is no longer true after a request that may have changed something (RFC 9111 4.4).
package enum Invalidation {
    /// Paths with their queries, normalised as keys have them: the request's own, and what `Location` and
    /// `Content-Location` name on the same authority. Empty for safe methods and for answers that tell of no change.
    package static func targets(_ request: RequestHead, _ answer: ResponseHead) -> [[UInt8]] {
        switch request.method {
        case .get, .head, .options, .trace: return []
        case .post, .put, .delete, .patch, .connect, .other: break
        }
        guard (200..<400).contains(answer.status) else { return [] }
        var targets: [[UInt8]] = []
        func add(_ target: [UInt8]?) {
            if let target, !targets.contains(target) { targets.append(target) }
        }
        add(Reference.own(request))
        answer.lines.forEach("location") { add(Reference.resolve($0, against: request)) }
        answer.lines.forEach("content-location") { add(Reference.resolve($0, against: request)) }
        return targets
    }
}
