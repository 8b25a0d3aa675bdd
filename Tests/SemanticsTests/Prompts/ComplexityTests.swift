import Semantics
import Testing

@Suite("how much a prompt asks")
struct ComplexityTests {
    private func estimate(_ text: String) -> ComplexityEstimate {
        Array(text.utf8).withUnsafeBytes { Complexity.of($0) }
    }

    @Test(
        "small asks are low",
        arguments: [
            "translate hello to French", "hi", "", "What is the capital of France?", "你好", "今天天气怎么样",
            "classify this review as positive or negative: I waited an hour and the food was cold, the staff was nice.",
            "Extract the email address from: write to ann@example.org for details.",
            "把这句话翻译成英文：我明天要去北京出差", "判断这条评论是正面还是负面：味道不错，就是等得太久了。",
            "从下面的文字里提取电话号码：请拨打 010-12345678 联系我们",
        ])
    func low(_ text: String) {
        let estimate = estimate(text)
        #expect(estimate.level == .low, "\(estimate.score) \(estimate.reasons)")
    }

    @Test(
        "one piece of work is medium",
        arguments: [
            "Write a Python function that parses CSV; it must handle quotes; explain why it is right. Include tests.",
            "Compare bubble sort and merge sort, and explain why one is faster.",
            "分析这段代码为什么慢，并给出优化建议",
            "请比较两种排序算法的优缺点，并说明为什么",
        ])
    func medium(_ text: String) {
        let estimate = estimate(text)
        #expect(estimate.level == .medium, "\(estimate.score) \(estimate.reasons)")
    }

    @Test(
        "large designs are high",
        arguments: [
            """
            Design a fault-tolerant distributed job scheduler in Go with exactly-once semantics, compare leader \
            election by Raft and by leases, explain trade-offs, include tests. It must survive the loss of two nodes.
            """,
            """
            Analyze this service and refactor it:
            1. find every race
            2. prove that the fix is correct
            3. optimize the hot path, at most 5 ms
            ```go
            func run() {}
            ```
            """,
            "设计一个容错的分布式任务调度系统，用 Go 实现，必须支持百万级并发，比较 Raft 和租约两种选主方案，说明权衡，并给出测试。",
            "请分析现有架构的性能瓶颈，制定分阶段的迁移计划，要求不能停机，必须保证数据一致性，并评估每一步的风险。",
        ])
    func high(_ text: String) {
        let estimate = estimate(text)
        #expect(estimate.level == .high, "\(estimate.score) \(estimate.reasons)")
    }

    @Test("the score is the sum of its reasons, and the reasons name what counted")
    func reasons() {
        let estimate = estimate("Design and compare two caches. They must be small?\n- a\n- b\n# c\nuse `x`")
        #expect(estimate.count(.demanding) == 2 && estimate.count(.constraints) == 1 && estimate.count(.items) == 2)
        #expect(estimate.count(.headings) == 1 && estimate.count(.codeSpans) == 1 && estimate.count(.questions) == 1)
        let sum = estimate.reasons.reduce(0) { $0 + $1.points }
        #expect(abs(estimate.score - sum) < 1e-9)
        let first = estimate.reasons.first
        #expect(first?.name == "demanding" && first?.count == 2 && first?.points == 3.5)
    }

    @Test("words in fenced code are no asks")
    func fenced() {
        let estimate = estimate("look:\n```\nmust design compare prove why?\n- a\n```\nok")
        #expect(estimate.count(.demanding) == 0 && estimate.count(.constraints) == 0 && estimate.count(.items) == 0)
        #expect(estimate.count(.codeBlocks) == 1)
    }

    @Test("the length of the whole request counts, where it is given")
    func length() {
        let bytes = Array("hello".utf8)
        let small = bytes.withUnsafeBytes { Complexity.of($0) }
        let large = bytes.withUnsafeBytes { Complexity.of($0, tokens: 20_000) }
        #expect(small.count(.length) == 0 && large.count(.length) == 5 && large.level == .medium)
    }

    @Test("a block of code that ends in the middle of a long text hides nothing of its end")
    func fences() {
        func estimate(_ text: String) -> ComplexityEstimate { Array(text.utf8).withUnsafeBytes { Complexity.of($0, tokens: 1) } }
        let filler = String(repeating: "x y z\n", count: 4000)
        let found = estimate("```\n" + filler + "```\n" + filler + "design it, why?\n```\ncode\n```\n")
        #expect(found.count(.codeBlocks) == 2 && found.count(.demanding) == 1)
        let open = estimate("```\n" + filler + filler + "design it, why?\n")
        #expect(open.count(.codeBlocks) == 1 && open.count(.demanding) == 0)
    }
}
