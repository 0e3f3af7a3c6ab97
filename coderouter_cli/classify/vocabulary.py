"""The words each phase is asked for with, by language: data, no code.

Three lists per phase. ``verbs`` are what a person tells an agent to do; they weigh more where they
open a sentence. ``nouns`` are what the phase is about. ``phrases`` span several words, or belong to
a script without spaces; they are found anywhere in the text.

Words are lower case and without Latin accents (``anade`` finds ``añade``), as users often type them.
A ``*`` at the end makes a word a stem. Each list has English first, then Spanish, Portuguese, French,
German and Czech, then Russian; phrases go on with Chinese, Japanese, Korean and Vietnamese. Vietnamese
stands among the phrases, with and without its accents: alone, its short words collide with English.
"""
# ruff: noqa: RUF001 - Cyrillic and full-width letters are what users type

from collections.abc import Mapping
from dataclasses import dataclass

from coderouter_cli.domain.phase import Phase


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One phase's vocabulary; ``verbs`` and ``nouns`` are separated by spaces, ``phrases`` by commas."""

    verbs: str
    nouns: str = ""
    phrases: str = ""


LEXICONS: Mapping[Phase, Lexicon] = {
    Phase.PLAN: Lexicon(
        verbs="""
            plan* design* architect* propos* recommend* suggest* brainstorm* analy* explain* evaluat*
            compar* consider* discuss* research* explor* review* assess* summar* outline* think*
            describe* understand* study* list show tell clarif* estimat* decide* advise* critique*
            elaborate* teach* walk
            explica* analiza* disena* dime muestra* lista estudia* opina* ideas idea planifi* compara*
            revisa* propon* sugier* recomiend* describ* resum* investig* explique analis* mostre liste
            diga estude planeje pesquis* idei* planej* projet* revise proponha sugira avali* descrev*
            expliqu* dis montre analys* planif* etudi* resume* idee idees recherch* concevoir concois
            propose* compare* decri* evalue* reflechi* conseill* erklar* plane* entwirf* analysier*
            vergleich* beschreib* bewert* uberleg* empfehl* erlauter* schlag vysvetli* navrhni*
            analyzuj* porovnej* popis* zvaz*
            объясн* спланир* проанализ* анализ* предлож* сравн* опиш* рассмотр* обсуд* изуч* подума*
            посовет* расскаж* оцени* проектир* покажи составь составить продумай идеи подскаж*
            сформулир*
        """,
        nouns="""
            architecture* strateg* roadmap* proposal* approach* option* alternative* tradeoff* feasib*
            opinion* requirement* difference* spec specs specification* concept* overview pros idea
            ideas
            arquitect* estrateg* requisit* opcion* diferenci* architekt* anforderung* unterschied*
            варианты архитектур* стратег* план требовани*
        """,
        phrases="""
            pros and cons, best way, best practice, what do you think, walk me through, tell me,
            trade-off, trade off, look into, take a look, have a look, look at, help me understand,
            make a plan, create a plan, write a plan, a plan for, give me a, any idea, not sure,
            curious, wonder, i'm thinking, before you code, don't code, do not code,
            don't write any code, without changing, let's think, high level, high-level, deep dive,
            any thoughts, is there a way, do we need, do i need,
            计划, 规划, 设计, 方案, 分析, 解释, 讲解, 说明一下, 介绍, 比较, 对比, 评估, 建议, 思路,
            架构, 调研, 研究, 讨论, 总结, 梳理, 看看, 看一下, 了解, 区别, 能否, 是否可以, 想法, 列出,
            告诉我, 给出, 选型, 怎么看, 评价, 推荐, 问题是, 逻辑, 先不要, 审查, 评审, 头脑风暴, 可行性,
            需求,
            設計, 計画, 方針, 検討, プラン, 理解, 把握, 案を, 知りたい, どうすれば, 確認したい, 説明,
            解説, 教えて, 比較, 提案, 調査, 調べて, レビュー, 相談, 考えて, 違い, 要件, アーキテクチャ,
            まとめて, 意見, 整理して,
            설계, 계획, 기획, 살펴, 파악, 이해, 궁금, 어떨까, 차이, 읽어, 분석, 설명, 비교, 제안, 검토,
            알려줘, 알려 줘, 어떤 방식, 의견, 조사, 추천, 방안, 구상, 정리해,
            giai thich, phan tich, ke hoach, thiet ke, so sanh, danh gia, tim hieu, thiết kế, kế hoạch,
            phân tích, giải thích, so sánh, đề xuất, tư vấn, đánh giá, nghiên cứu, tìm hiểu
        """,
    ),
    Phase.IMPLEMENT: Lexicon(
        verbs="""
            implement* add adds adding creat* build* writ* develop* make makes integrat* support*
            extend* refactor* rewrit* migrat* convert* port generat* enable* allow* handl* introduc*
            improv* optimi* setup configur* connect* extract* use code complete* finish* apply continue
            proceed start restructur* redesign* adapt* include* ensure* automat* wire scaffold* split*
            update* modif* deploy* enhance* replac* expos* parse store
            implementa* agreg* anad* crea cree crear construy* desarroll* haz hacer integra*
            refactoriza* genera genere generar mejor* permit* escrib* actualiz* adicion* cria crie criar
            constru* desenvolv* faca fazer inclu* melhor* refator* escrev* gere utiliz* atualiz* ajout*
            creer developp* fais faire amelior* integr* ecri* mets mettre implementier* fug* erstell*
            baue bauen entwickl* schreib* mach mache erweiter* integrier* erzeug* verbesser* umsetz*
            ergan* implementuj* pridej* vytvor* udelej* napis* doplni* uprav* rozsir*
            реализ* добав* созда* сдела* разработ* напиш* внедр* перепиш* рефактор* улучш* интегрир*
            подключ* настро* доработ* сгенерир* оптимизир* продолж* начин*
        """,
        nouns="""
            feature* functionalit* endpoint* component* module* api page screen workflow pipeline crud
            backend frontend
            funcionalidad* funcao pantalla tela fonctionnalit* funktion*
            функци* функционал* страниц* экран* кнопк*
        """,
        phrases="""
            set up, go ahead, hook up, let's implement, i want to, i need to, i would like, we need to,
            should be able to, user can, users can, instead of,
            实现, 添加, 增加, 新增, 创建, 开发, 编写, 完善, 优化, 重构, 支持, 集成, 接入, 生成, 做一个,
            写一个, 加上, 加一个, 继续, 开始, 更新, 设计并, 使用, 引入, 补充, 需要有, 我希望, 希望,
            想要, 让, 执行, 搭建, 迁移, 部署, 配置, 改造, 对接, 功能,
            実装, 追加, 作成, 作る, 作りたい, したい, 拡張, 連携, 設定, 作って, 対応, 開発, 機能,
            リファクタ, 変更して, できるように, 進めて, 続けて, 導入, 改善, 移行, 構築,
            구현, 추가, 만들어, 만들, 설정, 반영, 업데이트, 지원, 넣어, 붙여, 하고 싶, 작성, 개발, 생성,
            적용, 리팩토링, 연동, 개선, 진행, 변경해, 기능, 구축,
            them chuc nang, trien khai, xay dung, viet code, tao mot, cai dat, triển khai, thêm, tạo,
            xây dựng, viết, phát triển, tích hợp, cải thiện, tiếp tục, cập nhật, chức năng, làm
        """,
    ),
    Phase.DEBUG: Lexicon(
        verbs="""
            fix* debug* troubleshoot* diagnos* solv* resolv* repair* investigat*
            arregl* corrij* corrig* descubr* descubra averigua depur* soluciona* resuelv* repar*
            consert* depure resolva solucione repare* debogu* debugg* behebe* beheb* reparier*
            korrigier* losen oprav* vyres*
            исправ* почин* отлад* устран* реши решить пофикс* разберись отдебаж* чини
        """,
        nouns="""
            bug bugs buggy error errors errored erroring fail fails failed failing failure* crash*
            exception* traceback stacktrace broken breaks broke wrong issue* problem* stuck hang hangs
            hanging frozen freez* leak* regression* flaky incorrect* unexpected* weird strange undefined
            nan deadlock* timeout* denied cannot can't won't doesn't isn't didn't aren't wasn't hasn't
            wont unresponsive overlap* doesnt isnt didnt cant unable nothing disappear* corrupt*
            mismatch* conflict* still
            fallo fallos falla fallan roto rota erro erros problema* falha* falhou quebr* erreur*
            probleme* plante* casse* echou* fehler* fehlgeschlag* kaputt absturz* geht chyb* nefung*
            spatne
            ошибк* баг* пада* слом* проблем* неправильно вылета* завис* крэш*
        """,
        phrases="""
            not working, doesn't work, can't find, cannot find, could not, couldn't, not able to,
            does nothing, do nothing, not defined, not allowed, not updat, not sav, not open,
            not respond, i'm getting, i am getting, i got , is empty, was lost, fatal:, nothing happens,
            does not work, didn't work, isn't working, stopped working, no longer, root cause,
            why is it, not show, not display, not appear, not found, should have, supposed to,
            instead it, still not, still see, still get, same error, same issue, keeps, not load,
            can't see, cannot see, i don't see, getting this, i get this, throws, looks like it,
            no funciona, no aparece, no puedo, no se muestra, no me deja, no carga, no encuentra,
            nao consigo, nao carrega, nao mostra, nao ta, por que nao, je ne vois pas, ne s'ouvre,
            ne se, n'est pas, n'apparait, pas normal, nejde, no se ve, sigue sin, nao funciona,
            nao aparece, nao esta, continua sem, ne marche pas, ne fonctionne pas, ne s'affiche,
            toujours pas, funktioniert nicht, immer noch nicht, geht nicht, wird nicht,
            не работает, не отображ, не показ, все еще, всё ещё, не запуск, не вид, не загру, не измен,
            не может, не могу, не уда, не откр, не нахо, не сохра, не прих, не срабат, почему не,
            ничего не,
            修复, 报错, 没法, 连不上, 打不开, 找不到, 白屏, 不见了, 空白, 为什么不, 重复, 不到, 出现了,
            不了, 没能, 并没有, 失效, 错误, 异常, 失败, 崩溃, 问题, 无法, 不能, 不对, 没有反应, 不显示,
            没有显示, 不生效, 没有生效, 还是不, 还是没, 还是有, 卡住, 卡死, 排查, 调试, 解决,
            为什么没有, 不工作, 闪退, 乱码, 丢失, 不起作用, 不正确, 出错, 为啥, 没有变化, 仍然, 依然,
            修正, 直して, 消えて, 効かない, 見えない, 開かない, 出ない, 起動しない, 進まない, 出ます,
            てしまう, てしまい, 崩れ, ずれ, 警告, 直し, エラー, バグ, 不具合, 動かない, 動きません,
            動作しない, 表示されない, 表示されません, できない, できません, おかしい, 失敗, 落ちる,
            原因, 問題, 解決, デバッグ, ならない, なりません, されない, されていない, されません,
            反映され,
            오류, 에러, 버그, 없어, 못 , 못하, 안나, 안 나, 안보, 안 보, 깨져, 깨짐, 멈춰, 뜨네, 나와,
            왜, 사라, 고쳐, 수정해, 안 돼, 안돼, 안됨, 안 되, 안되, 않아, 않는, 않고, 문제, 해결, 실패,
            작동하지, 원인, 이상해, 이상하,
            sua loi, bi loi, khong chay, khong hoat dong, khong duoc, khong thay, lỗi, sửa lỗi,
            không hoạt động, không chạy, không được, khắc phục, bị, không thấy, không hiển thị
        """,
    ),
    Phase.TEST: Lexicon(
        verbs="""
            test* verif* validat* check* confirm* cover benchmark*
            prueb* probar comprueb* comproba* valida* teste testar testes validate verifie* teste*
            prufe* uberpruf* otestuj* zkontroluj*
            протестир* провер* тестир* убедись
        """,
        nouns="""
            test tests unittest* coverage e2e pytest jest vitest playwright cypress junit mocha
            assertion* mock mocks mocking fixture* tdd qa smoke testcase* spec.ts rspec
            pruebas couverture
            тест тесты тестов тестами покрыти*
            testfall* testy
        """,
        phrases="""
            unit test, test case, integration test, end to end, end-to-end, run the test, run test,
            run all test, test suite, make sure, double check, double-check, go test, cargo test,
            npm test, npm run test, does it work, is it working, passing,
            测试, 单测, 试一下, 试试, 跑通, 跑测试, 回归, 自测, 单元测试, 验证, 检查, 用例, 覆盖率,
            跑一下, 确认一下, 核对, 校验,
            テスト, 検証, 動作確認, 確認して, カバレッジ, チェックして,
            테스트, 검증, 확인해, 점검, 커버리지,
            kiem tra, kiem thu, chay test, kiểm tra, kiểm thử, xác minh, chạy thử
        """,
    ),
    Phase.DOCUMENT: Lexicon(
        verbs="""
            document* commit commits committing annotat* translat*
            documenta* documente commite commitea comente coment* redige* dokumentier* zdokumentuj*
            задокументир* закоммит* опубликуй
        """,
        nouns="""
            readme* docs doc documentation docstring* changelog* comment comments wiki tutorial* guide*
            markdown jsdoc javadoc claude.md agents.md md .md constitution pr release-notes manual
            cheatsheet faq glossary adr runbook
            documentacion documentacao comentario* dokumentation* kommentar* dokumentac*
            документ* комментар* коммит* ридми
        """,
        phrases="""
            pull request, commit message, release note, write up, write-up, pr description, open a pr,
            create a pr, commit and push,
            文档, 注释, 写入, 记录到, 记录下, 规范, 写到, 报告, 说明文档, 提交, 更新日志, 教程, 手册,
            文案, 写入文档, 整理成,
            ドキュメント, コメント, 説明文, 記述, 追記, 書いて, 記録, 資料, 手順, マニュアル, コミット,
            手順書, 仕様書, ドキュメント化, 文書, プルリク, 記載,
            문서, 주석, 스펙, 기록, 보고서, 적어, 리드미, 요약, 커밋, 가이드, 설명서, 매뉴얼, 기록해,
            명세,
            tai lieu, ghi chu, tài liệu, chú thích, hướng dẫn, ghi chú
        """,
    ),
    Phase.SMALL_EDIT: Lexicon(
        verbs="""
            renam* remov* delet* bump* revert* undo rollback reword* capitali* indent* format* lint*
            move* swap* hide push* pull restart* install* stop kill uncomment* align* center shorten*
            reorder* merge* checkout rebase clean* drop change* set put run rerun execut* launch* open
            close copy paste tweak* adjust* resiz* clear* sort increase* decrease* reduce* enlarge*
            switch
            renombr* lanza* ejecut* arranca* abre reinici* sube baja elimin* borra* quita* cambi* mueve
            mover pon renomei* rode rodar abra inici* suba ajust* apag* mude muda altere altera troque
            coloque tire renomm* lance* execute* ouvre arrete* modifi* supprim* enlev* retir* chang*
            deplac* umbenenn* entfern* losch* ander* verschieb* setze prejmenuj* odstran* smaz* zmen*
            presun*
            переимен* удал* убер* помен* замен* измен* перемест* откат* запуш* запусти* перезапус*
            постав* убрать
        """,
        nouns="""
            typo* spelling color colour colors font fonts margin* padding* label labels icon icons
            placeholder* text title background bigger smaller larger wording width height px darker
            lighter bold uppercase lowercase button buttons version whitespace
            cor cores fonte titulo boton botao texto couleur* titre bouton farbe* schrift*
            цвет* шрифт* текст* отступ* опечатк*
        """,
        phrases="""
            comment out, get rid of, git push, git pull, a bit, typo in, to the left, to the right,
            改成, 改为, 换成, 改一下, 设为, 设置为, 删了, 运行, 打开, 关闭, 停止, 换个, 去除, 拉取,
            重命名, 删除, 删掉, 去掉, 移除, 修改为, 改名, 替换, 颜色, 字体, 推送, 回滚, 撤销, 拼写,
            错别字, 启动, 重启, 安装, 居中, 对齐, 隐藏, 调整, 文字, 移动, 按钮, 标题, 大小, 一点, 合并,
            削除, リネーム, 変えて, に変更, 消す, 実行して, 起動して, 再起動, 色, サイズ, ボタン, 位置,
            外して, マージ, 名前を変更, 消して, 置き換え, 色を, フォント, 戻して, 誤字, 起動, プッシュ,
            移動, 揃え, 文言,
            삭제, 제거, 바꾸, 변경, 지워, 크기, 버튼, 위치, 글자, 빼줘, 빼고, 실행, 여백, 이름,
            이름을 바꿔, 바꿔, 색상, 글씨, 폰트, 되돌려, 오타, 옮겨, 없애, 푸시, 실행해,
            doi ten, xoa , di chuyen, thay doi, chuyen , đổi tên, xóa, xoá, bỏ, đổi màu, thay đổi,
            di chuyển, chuyển
        """,
    ),
}
"""Every phase's words."""
