/// A configuration: its values, where each came from, and all that is wrong with it.
package struct Configuration<Root: Section>: Sendable {
    /// The values. Where something could not be read, its default.
    package let root: Root
    /// All problems, by layer and position, none twice.
    package let problems: [Problem]
    /// The layers merged, as written: `${NAME}` stands as it is, defaults are not in it. The members of `gateway`.
    package let tree: Node
    /// The same with variables filled in.
    package let resolved: Node
    /// Every file that was looked for, lowest layer first.
    package let files: [LoadedFile]
    /// What each layer says, lowest first, without the built-in defaults; a variable or a flag is a layer of its own.
    package let layers: [Layer]
    package let keys: [KeyInfo]
    /// For the configuration after this one.
    package let lists: ReadLists

    /// What one layer says.
    package struct Layer: Sendable {
        /// `global`, `user`, `file`, `ephemeral`, `environment`, `flags`.
        package let name: String
        package let node: Node
    }

    /// Whether `check` passes.
    package var isValid: Bool { !problems.contains { $0.severity == .error } }
    /// Whether `run` may start with it.
    package var isReady: Bool { !problems.contains { $0.severity != .warning } }

    package static func load(_ inputs: Inputs) -> Configuration {
        let keys = KeyInfo.tree(Root.self)
        var reading = Reading()
        var files: [LoadedFile] = []
        var layers: [Layer] = []
        let loader = FileLayers(keys: keys, known: inputs.known, read: inputs.read)
        for source in inputs.sources {
            let (file, node) = loader.load(source, &reading)
            files.append(file)
            if let node { layers.append(Layer(name: source.layer.rawValue, node: node)) }
        }
        reading.path = ["gateway"]
        if let patch = inputs.ephemeral {
            let files = layers.reduce(Node(.object([]), at: .unwritten)) { MergePatch.apply($0, $1.node) }
            let node = NodeDifference.mergePatch(from: files, to: MergePatch.applyByIdentity(files, patch))
            layers.append(Layer(name: "ephemeral", node: node))
        }
        layers += EnvironmentLayer(keys).patches(inputs.setsNothing ? [:] : inputs.environment, &reading).map {
            Layer(name: "environment", node: $0)
        }
        layers += FlagLayer(keys).patches(inputs.flags, &reading).map { Layer(name: "flags", node: $0) }

        let nothing = Node(.object([]), at: .unwritten)
        let tree = layers.reduce(nothing) { MergePatch.apply($0, $1.node) }
        let resolved = VariableFilling(environment: inputs.environment).fill(tree, keys, &reading)
        reading.known = inputs.lists
        let root = Root.fill(resolved, &reading)
        return Configuration(
            root: root,
            problems: ProblemOrder(files: files.map(\.path), flags: inputs.flags.map(\.key)).sort(reading.problems),
            tree: tree, resolved: resolved, files: files, layers: layers, keys: keys, lists: reading.learnt)
    }
}

/// The order in which problems are told: files from the lowest layer, variables, flags; within each as written.
struct ProblemOrder {
    private var ranks: [String: Int] = [:]
    private let count: Int

    init(files: [String], flags: [String]) {
        for source in files + flags.map({ "--config.\($0)" }) where ranks[source] == nil { ranks[source] = ranks.count }
        count = files.count
    }

    func sort(_ problems: [Problem]) -> [Problem] {
        var seen: Set<Problem> = []
        let unique = problems.filter { seen.insert($0).inserted }
        let ranked = unique.enumerated().map { (rank: rank($1.position), order: $0, problem: $1) }
        return ranked.sorted { one, two in
            if one.rank != two.rank { return one.rank < two.rank }
            let (first, second) = (one.problem.position, two.problem.position)
            if first.source != second.source { return first.source < second.source }
            return (first.line, first.column, one.order) < (second.line, second.column, two.order)
        }.map(\.problem)
    }

    /// Variables stand behind every file and before every flag.
    private func rank(_ position: Position) -> Double {
        if let rank = ranks[position.source] { return Double(rank) }
        return position.isVariable ? Double(count) - 0.5 : -1
    }
}
