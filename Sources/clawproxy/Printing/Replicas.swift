internal import Proxy
internal import Settings

/// The replicas' own answers to a change for all of them.
enum Replicas {
    static func lines(_ replicas: [Node]) -> [String] {
        if replicas.isEmpty { return [] }
        let rows = replicas.map { row in
            [
                (row.member("address") ?? row.member("instance"))?.plain ?? "", row.text("state"),
                row.text("generation"),
                row.member("hash").map { ValueText.hash($0.string) } ?? "", detail(row),
            ]
        }
        let table = Table.lines(["REPLICA", "STATE", "GENERATION", "HASH", "DETAIL"], rows, indent: 2)
        let problems = replicas.flatMap { row in
            row.list("issues").map { "    \(row.text("address")): \(Issues.text($0))" }
        }
        return table + problems.prefix(Issues.most)
    }

    private static func detail(_ row: Node) -> String {
        var words = [row.text("detail")].filter { !$0.isEmpty }
        if row["differs"]?.bool == true { words.append("its file is not that of the others") }
        return words.joined(separator: "; ")
    }
}
