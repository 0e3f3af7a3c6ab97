"""How people speak to an agent, whatever the phase: questions, requests, "go on", complaints.

Spelt as in `vocabulary`: words are lower case and without Latin accents, a ``*`` makes a stem, phrases are
separated by commas. A space before a comma belongs to its phrase.
"""
# ruff: noqa: RUF001 - Cyrillic and full-width letters are what users type

OBJECT_VERBS = """
    add* writ* updat* creat* make makes generat* edit* modif* rewrit* improv* extend* expand* complet*
    finish* put run rerun change* clean*
    anad* agreg* escrib* actualiz* crea cree crie genera generar haz mejor* ejecut* cambi* adicion*
    escrev* atualiz* faca melhor* rode altere mud* ajout* ecri* mets mettre fais amelior* lance* modifi*
    chang* schreib* erganz* erstell* aktualisier* verbesser* mach mache fuhr* ander* napis* pridej*
    uprav* vytvor*
    добав* напиш* обнов* созда* сдела* улучш* дополн* запусти* измен*
"""
"""Verbs whose object tells the phase: one adds tests, updates a README, runs the suite."""

QUESTION_WORDS = """
    what what's whats why how how's which where when who is are was does do did should would will am
    whether
    que como cual cuando donde quien por porque qual quando onde quem quoi comment pourquoi quel quelle
    quels est combien wie warum welche welcher welches wann wo wer ist sind gibt jak proc co ktery kdy
    kde
    как почему что зачем какой какая какие где когда можно сколько есть
"""
"""First words of a question; a request in the form of a question ("can you ...") is not among them."""

QUESTION_PHRASES = """
    为什么, 什么, 如何, 怎么, 是否, 吗, 哪些, 哪个, 是不是, 有没有, 能不能, 多少, 呢,
    ですか, ますか, でしょうか, なぜ, どう, 何, のか, どこ, どれ, かな, どの,
    나요, 까요, 습니까, 왜, 어떻게, 무엇, 뭐, 인가, 는지, 할까, 어떤, 있어?,
    tại sao, thế nào, làm sao, là gì, như nào, phải không, có thể, không?
"""
"""Marks of a question in languages that put them elsewhere than first."""

REQUEST_PHRASES = """
    can you, could you, would you, will you, can we add, please,
    puedes, podrias, puede , pode , poderia, voce pode, peux-tu, peux tu, pourrais, pouvez, kannst du,
    konntest, bitte, muzes, prosim,
    можешь, пожалуйста,
    帮我, 请, 帮忙,
    してください, して下さい, してほしい, くれますか, もらえますか, お願い,
    해줘, 해 줘, 주세요, 줄래,
    hãy, giúp
"""
"""Marks of a request, also one in the form of a question."""

FILLER_WORDS = """
    please pls plz can could would you kindly now then also and so ok okay hey hi hello let's lets let
    us just i we want need to like help me first next finally ultrathink think hard hmm hm alright well
    btw actually maybe great good thanks thank yes no but for the a new try go ahead start by
    por favor puedes podrias quiero necesito que ahora tambien y pode poderia voce quero preciso agora e
    peux tu pourrais s'il te plait je veux il faut maintenant et stp bitte kannst du ich mochte jetzt
    und prosim ted
    пожалуйста можешь давай теперь нужно надо и а хочу чтобы
"""
"""Words before the verb that say nothing about the work."""

CONTINUATIONS = """
    continue, go on, go ahead, proceed, yes, yes please, y, ok, okay, sure, do it, please do, next,
    keep going, sounds good, looks good, lgtm, go, start, resume, carry on, both, all, all of them,
    do all, option 1, option 2, option a, option b, approved, agreed, correct, right, great, perfect,
    please continue, please proceed, continue please, yes continue, yes proceed, yes do it, go for it,
    yep, yeah, done, try again, again, retry,
    sigue, continua, si, dale, adelante, hazlo, sim, pode continuar, prossiga, pode fazer, oui, vas-y,
    continuez, d'accord, ja, weiter, mach weiter, pokracuj, ano,
    да, продолжай, продолжи, давай, далее, дальше, ок,
    继续, 好, 好的, 可以, 是的, 开始, 开始吧, 继续吧, 下一步, 行, 确认, 同意, 是, 对, 请继续, 执行,
    继续执行, 继续完成, 好的继续,
    続けて, はい, お願いします, 進めて, 続けてください, 進めてください, ok です, よろしく, お願い, 次,
    おねがいします,
    계속, 네, 응, 진행해, 진행해줘, 계속해, 계속해줘, 좋아, 예, 그래, 다음, 계속 진행해줘,
    tiếp tục, có, được, tiếp, ok em, đồng ý
"""
"""Whole texts that only say "go on": the ask before them carries the turn."""

COMPLAINTS = """
    still not, still doesn't, still isn't, still the same, still fail, still get, still see,
    still broken, not what i, you broke, that's wrong, that is wrong, didn't work, did not work,
    doesn't work either, same error, same issue, same problem, not fixed, wrong again, again?,
    no change, nothing changed, you forgot, you missed, i told you, i already, i said, sigue sin,
    sigue igual, todavia no, aun no, ainda nao, continua sem, mesmo erro, toujours pas, encore,
    immer noch,
    всё ещё, все еще, по-прежнему, опять, снова не,
    还是不, 还是没, 还是有, 仍然, 依然, 依旧, 又出现, 没有变化, 没有生效, 不是这样, 一样的错误,
    まだ, 同じエラー, 変わらない, 直っていない, 直ってない, 相変わらず,
    여전히, 아직도, 그대로, 똑같, 또 안,
    vẫn, chưa được
"""
"""The work before did not do what it should."""

HARD_WORDS = """
    architect* concurren* deadlock* distributed algorithm* segfault* race vulnerab* exploit*
    intermittent* nondeterminis* performance* latency scalab* thread* multithread* async* transaction*
    migrat* encrypt* cryptograph* compiler* kernel* protocol* consisten* throughput refactor* rewrit*
    redesign* corruption leak* bottleneck* optimi* theor* proof security synchroni* replicat* sharding
    memory
    arquitectura arquitetura seguridad seguranca rendimiento desempenho architektur sicherheit leistung
    архитектур* безопасност* производительност* многопоточ* утечк* гонк*
"""
"""Subjects that need a strong model more often than not."""

HARD_PHRASES = """
    race condition, memory leak, from scratch, entire codebase, whole codebase, entire project,
    whole project, root cause, ultrathink, think hard, think harder, think deeply, step by step,
    production, end to end, end-to-end, all edge cases, backwards compat, backward compat, multi-tenant,
    state machine, real-time,
    架构, 并发, 死锁, 竞态, 性能, 内存泄漏, 分布式, 重构, 安全漏洞, 整个项目, 全面, 深入, 彻底, 系统性,
    並行, デッドロック, パフォーマンス, メモリリーク, 全体, アーキテクチャ, セキュリティ, 根本, 徹底,
    동시성, 교착, 성능, 메모리 누수, 전체, 아키텍처, 보안, 근본,
    kiến trúc, hiệu năng, bảo mật, toàn bộ
"""
"""The same, as phrases."""

EASY_PHRASES = """
    just, simple, simply, quick, small , tiny, minor, trivial, one line, one-line, only ,
    简单, 小改, 只需要, 只要,
    簡単, ちょっと, だけ,
    간단, 조금, 만 ,
    đơn giản, chỉ cần, sencill, solo , simples, apenas, rapid, juste , einfach, nur , kurz,
    просто, только, быстр
"""
"""Words with which people call their own ask small."""

CLAUSE_ENDS = ".!?。！？;；:"
"""Marks that end a clause, in every script."""
QUESTION_MARKS = ("?", "？")
TRIMMED = " \t\n.!,。！、~"
"""What people put around a "go on"."""
