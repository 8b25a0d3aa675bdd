/// Words that tell how much a text asks for. English: words and pairs of words (with `_`), small letters. Chinese: two
/// characters, of longer words the first two.
enum ComplexityTerms {
    private static let words: [(ComplexityEstimate.Feature, String)] = [
        (.demanding, """
            design implement architect develop build prove derive optimize optimise refactor debug diagnose analyze
            analyse compare evaluate migrate plan investigate simulate benchmark model critique audit integrate
            设计 实现 开发 构建 搭建 证明 推导 优化 重构 调试 排查 诊断 分析 比较 对比 评估 迁移 规划 制定 研究 模拟 审计 集成
            """),
        (.routine, """
            translate classify extract format convert summarize summarise spell capitalize rename label tag define
            翻译 译成 分类 提取 抽取 格式 转换 转成 总结 概括 摘要 改写 润色 归类 判断
            """),
        (.constraints, """
            must only at_most at_least exactly without ensure never avoid should within cannot required require
            requires no_more less_than more_than don't constraint constraints
            必须 不要 至少 至多 最多 最少 只能 不能 不可 不得 确保 保证 避免 不超 要求 限制 严格 禁止 务必 控制 不使
            """),
        (.subjects, """
            distributed concurrent concurrency fault-tolerant tolerant scalable scalability consistency algorithm
            architecture performance security trade-offs tradeoffs trade-off complexity latency throughput transaction
            transactions asynchronous theorem proof multi-tenant cluster replication sharding encryption compiler
            kernel regression probability hypothesis strategy system
            分布 并发 容错 可用 可扩 一致 算法 架构 性能 安全 权衡 复杂 延迟 吞吐 事务 异步 定理 集群 复制 分片 加密
            编译 内核 回归 概率 假设 策略 系统
            """),
        (.steps, """
            then finally first second also include including additionally furthermore step_by as_well tests test
            explain justify discuss consider each both
            然后 最后 首先 其次 另外 此外 同时 并且 包括 包含 以及 逐步 测试 解释 说明 讨论 考虑 分别 给出
            """),
        (.questions, "why how what_if which_of whether 为什 为何 如何 怎么 怎样 是否 哪些"),
    ]

    static let table = WordTable(
        words.flatMap { feature, list in
            list.split { $0 == " " || $0 == "\n" }.map { (String($0), UInt32(1) << feature.rawValue) }
        })
}
