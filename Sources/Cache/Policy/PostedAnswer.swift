package import Wire

/// Whether the answer to a POST is also what a GET of the same target would bring: `Content-Location` names the target,
/// and the answer states its lifetime (RFC 9110 9.3.3).
package enum PostedAnswer {
    package static func servesGet(_ request: RequestHead, _ answer: ResponseHead, _ policy: StoragePolicy) -> Bool {
        guard request.method == .post, answer.status == 200, let own = Reference.own(request),
            let location = answer.lines.first("content-location"),
            Reference.resolve(location, against: request) == own
        else { return false }
        var facts = RequestFacts(request)
        facts.method = .get
        facts.hasBody = false
        guard case .store(let stored) = Storage.judge(facts, answer, requested: 0, received: 0, policy) else {
            return false
        }
        return stored.hasExplicitLifetime
    }
}
