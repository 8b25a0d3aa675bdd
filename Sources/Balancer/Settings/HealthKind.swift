import Settings

/// In which words an agent is asked whether it can serve.
package enum HealthKind: String, Variant {
    /// A GET of a path.
    case http
    /// The health service of gRPC, `grpc.health.v1.Health/Check`, over HTTP/2.
    case grpc

    package static var noun: String { "kind of health check" }
}
