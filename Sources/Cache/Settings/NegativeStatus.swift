internal import Settings

/// Errors that may be kept where the agent says nothing: those that tell of the resource, not of the moment or of who
/// asks. RFC 9110 15.1 calls most of them cacheable by default.
enum NegativeStatus {
    static let all = ["404", "405", "410", "414", "451", "501"]

    static func check(_ lifetimes: [String: Duration]) -> String? {
        for (status, lifetime) in lifetimes.sorted(by: { $0.key < $1.key }) {
            guard all.contains(status) else {
                return "expected a status of \(Quoted.list(all)), found \(Quoted.quote(status))"
            }
            if lifetime < .seconds(1) {
                return "expected at least 1s for \(status), found \(lifetime.spelling); leave it out to keep none"
            }
        }
        return nil
    }
}
