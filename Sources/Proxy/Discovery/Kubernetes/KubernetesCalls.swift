/// An answer of the API server as it comes.
struct KubernetesStream: Sendable {
    var status: Int
    /// Ends with the answer; throws where it breaks off.
    var pieces: any AsyncSequence<[UInt8], any Error> & Sendable
}

/// The API server as discovery asks it.
protocol KubernetesCalls: Sendable {
    /// `GET`, the whole answer.
    func get(_ path: String, token: String?) async throws(KubernetesFailure) -> (status: Int, body: [UInt8])
    /// `GET`, the answer piece by piece, until it ends or `limit` is over.
    func stream(_ path: String, token: String?, limit: Duration) async throws(KubernetesFailure) -> KubernetesStream
}
