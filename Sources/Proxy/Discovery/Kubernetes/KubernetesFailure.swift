internal import Settings

/// Why the API server could not be asked, in words that say what to do.
enum KubernetesFailure: Error, Sendable, Equatable {
    /// Its answer, of a status other than 200.
    case refused(verb: String, namespace: String, status: Int, said: String)
    /// The version is too old.
    case gone
    /// No connection, or one that broke.
    case unreachable(String)
    /// What came is no answer of an API server.
    case broken(String)
    /// Something on this side: no namespace, no token.
    case local(String)

    init(verb: String, namespace: String, status: Int, body: [UInt8]) {
        if status == 410 {
            self = .gone
            return
        }
        let node = try? JSONReader.read(body, source: "answer", dialect: .strict)
        let said = node?["message"]?.string ?? String(decoding: body.prefix(200), as: UTF8.self)
        self = .refused(verb: verb, namespace: namespace, status: status, said: Quoted.oneLine(said))
    }

    /// For log, status and doctor.
    func text(_ settings: KubernetesPlace) -> String {
        switch self {
        case .refused(let verb, let namespace, let status, let said):
            let what = "\(verb) endpointslices in namespace \(namespace)"
            let words = said.isEmpty ? "" : " (the API server says: \(said))"
            switch status {
            case 401:
                return "\(what) is unauthorized (401): the API server does not accept the token in "
                    + "\(settings.tokenFile); expected that of a service account, not expired\(words)"
            case 403:
                return "\(what) is forbidden (403): give the service account a Role with get, list, watch on "
                    + "discovery.k8s.io endpointslices, and a RoleBinding to it\(words)"
            case 404:
                return "\(what) is not found (404): expected an API server of Kubernetes 1.21 or later at "
                    + "\(settings.server)\(words)"
            default: return "\(what) is answered with \(status) by \(settings.server)\(words)"
            }
        case .gone: return "the version of the last list is too old (410)"
        case .unreachable(let why): return "the API server \(settings.server) cannot be reached: \(why)"
        case .broken(let what): return "the API server \(settings.server) sent \(what)"
        case .local(let what): return what
        }
    }
}

/// What messages name.
struct KubernetesPlace: Sendable, Equatable {
    var server: String
    var tokenFile: String
}
