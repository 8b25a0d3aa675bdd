import Balancer
@testable import Proxy
import Settings
import Synchronization
import Testing

@Suite("an API server is listed once and watched from then on")
struct DiscoveryKubernetesTests {
    /// An API server that answers from a script, and then not at all.
    private final class Script: KubernetesCalls {
        let lists: Mutex<[(status: Int, body: String)]>
        let watches: Mutex<[(status: Int, pieces: [String])]>
        let asked = Mutex<[String]>([])

        init(lists: [(Int, String)], watches: [(Int, [String])]) {
            self.lists = Mutex(lists.map { ($0.0, $0.1) })
            self.watches = Mutex(watches.map { ($0.0, $0.1) })
        }

        func get(_ path: String, token: String?) async throws(KubernetesFailure) -> (status: Int, body: [UInt8]) {
            note("list", path, token)
            guard let next = lists.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
                throw .unreachable("the script is over")
            }
            return (next.status, Array(next.body.utf8))
        }

        func stream(
            _ path: String, token: String?, limit: Duration
        ) async throws(KubernetesFailure) -> KubernetesStream {
            note("watch", path, token)
            guard let next = watches.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
                throw .unreachable("the script is over")
            }
            let pieces = AsyncThrowingStream<[UInt8], any Error> { stream in
                for piece in next.pieces { stream.yield(Array(piece.utf8)) }
                stream.finish()
            }
            return KubernetesStream(status: next.status, pieces: pieces)
        }

        private func note(_ what: String, _ path: String, _ token: String?) {
            asked.withLock { $0.append("\(what) \(path) \(token ?? "-")") }
        }
    }

    /// What a source told until the script was over: ids, or `!` and the message.
    private func run(_ script: Script, _ change: (inout DiscoveryK8sSettings) -> Void = { _ in }) async -> [String] {
        var settings = DiscoveryK8sSettings()
        settings.namespace = "prod"
        settings.service = "gw"
        settings.server = Endpoint(.tcp(host: "k", port: 8001))
        settings.tokenFile = "/nowhere/token"
        change(&settings)
        let source = KubernetesSource(
            settings: settings, place: KubernetesPlace(server: "http://k:8001", tokenFile: settings.tokenFile),
            calls: script, namespaceFile: "/nowhere/namespace")
        let told = Mutex<[String]>([])
        let (over, end) = AsyncStream<Void>.makeStream()
        let task = Task {
            await source.run { report in
                let words: String
                switch report {
                case .found(let agents, _): words = agents.map(\.id).joined(separator: " ")
                case .failed(let message):
                    words = "! \(message)"
                    if message.contains("the script is over") || message.contains("no namespace") { end.finish() }
                }
                told.withLock { if $0.last != words { $0.append(words) } }
            }
        }
        for await _ in over {}
        task.cancel()
        return told.withLock { $0 }
    }

    private func list(_ slices: [String], version: String, more: String = "") -> String {
        let metadata = "{\"resourceVersion\": \"\(version)\", \"continue\": \"\(more)\"}"
        return "{\"metadata\": \(metadata), \"items\": [\(slices.joined(separator: ","))]}"
    }

    private func slice(_ name: String, _ pods: String..., version: String = "1") -> String {
        DiscoveryStoreTests.slice(
            name, version: version,
            pods.enumerated().map { DiscoveryStoreTests.endpoint("10.0.\(name.utf8.count).\($0)", $1) })
    }

    private func event(_ type: String, _ object: String) -> String {
        String(decoding: DiscoveryStoreTests.line(type, object), as: UTF8.self) + "\n"
    }

    @Test("pages are one list, the watch begins at its version, and events are told as they come")
    func listAndWatch() async {
        let event = event("ADDED", slice("ccc", "r", version: "9"))
        let script = Script(
            lists: [
                (200, list([slice("a", "p")], version: "7", more: "x/y")),
                (200, list([slice("bb", "q")], version: "7")),
            ],
            watches: [(200, [String(event.prefix(30)), String(event.dropFirst(30))])])
        let told = await run(script)
        #expect(told.prefix(2) == ["p q", "p q r"], "\(told)")
        let asked = script.asked.withLock { $0 }
        let path =
            "/apis/discovery.k8s.io/v1/namespaces/prod/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dgw&"
        #expect(asked[0] == "list \(path)limit=500 -" && asked[1] == "list \(path)limit=500&continue=x%2Fy -")
        #expect(asked[2].hasPrefix("watch \(path)watch=1&allowWatchBookmarks=true&timeoutSeconds="))
        #expect(asked[2].hasSuffix("&resourceVersion=7 -"))
        // the next watch goes on where this one ended
        #expect(asked[3].hasPrefix("watch") && asked[3].hasSuffix("&resourceVersion=9 -"))
    }

    @Test(
        "a version that is too old is listed anew, without a word of failure",
        arguments: [(200, true), (410, false)])
    func gone(_ status: Int, _ isEvent: Bool) async {
        let script = Script(
            lists: [(200, list([slice("a", "p")], version: "7")), (200, list([slice("a", "q")], version: "20"))],
            watches: [(status, isEvent ? [event("ERROR", #"{"code": 410, "message": "too old"}"#)] : [])])
        let told = await run(script)
        #expect(told.prefix(2) == ["p", "q"] && told.count == 3, "\(told)")
        #expect(script.asked.withLock { $0.last?.hasSuffix("&resourceVersion=20 -") } == true)
    }

    @Test("a list that is forbidden is told with verb and resource; nobody is told to be gone")
    func forbidden() async {
        let script = Script(lists: [(403, #"{"message": "not you"}"#)], watches: [])
        let told = await run(script)
        #expect(told.first?.contains("list endpointslices in namespace prod is forbidden") == true, "\(told)")
        #expect(!told.contains(""))
    }

    @Test("a watch that is forbidden is told as such, and what was listed stays")
    func watchForbidden() async {
        let script = Script(lists: [(200, list([slice("a", "p")], version: "7"))], watches: [(403, ["{}"])])
        let told = await run(script)
        #expect(told.first == "p" && told.count == 3, "\(told)")
        #expect(told.count > 1 && told[1].contains("watch endpointslices in namespace prod is forbidden"))
        #expect(script.asked.withLock { $0.filter { $0.hasPrefix("list") }.count } == 1)
    }

    @Test("without a namespace, or a token where one is needed, it says what to set")
    func local() async {
        let none = await run(Script(lists: [], watches: [])) { $0.namespace = nil }
        #expect(none.first?.contains("set agents.discovery.k8s.namespace") == true)
        let script = Script(lists: [], watches: [])
        let settings: (inout DiscoveryK8sSettings) -> Void = {
            $0.server = Endpoint(.tcp(host: "k", port: 443), isTLS: true)
            $0.tokenFile = "/nowhere/the script is over"
        }
        #expect(await run(script, settings).first?.contains("no token there") == true)
        #expect(script.asked.withLock { $0.isEmpty })
    }
}
