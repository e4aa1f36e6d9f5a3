;;; unit.el --- Parts of the package, without a screen  -*- lexical-binding: t; -*-

;; Run by `tests/editors/emacs/run', with the package installed.

(require 'ert)
(package-initialize)
(require 'redlua)
(setq redlua-start-server nil)

(defvar modes (getenv "EMACS_MODES"))

(defun visit (name text)
  "Visit a file of NAME with TEXT; return its mode."
  (let ((path (expand-file-name name (make-temp-file "redlua" t))))
    (write-region text nil path nil 'quiet)
    (with-current-buffer (find-file-noselect path)
      (prog1 (cons major-mode (buffer-local-value 'comment-start (current-buffer)))
        (kill-buffer)))))

(defconst script "local v = redis.call('GET', KEYS[1])\nreturn v\n")
(defconst plain "print(1)\n")

(ert-deftest a-bare-emacs-has-a-mode-for-scripts-only ()
  (should (equal (visit "a.lua" script) '(redis-lua-mode . "-- ")))
  (should (equal (visit "a.lua" "") '(redis-lua-mode . "-- ")))
  (should (equal (car (visit "library" "#!lua name=a\n")) 'redis-lua-mode))
  (should (equal (car (visit "a.redis" "> PING\nPONG\n")) 'redis-transcript-mode))
  (should (equal (car (visit "a.txt" script)) 'text-mode))
  (let ((else (car (visit "a.unknown" plain))))
    (should (equal (car (visit "b.lua" plain)) else))
    (should (equal (car (visit "tool" "#!/usr/bin/lua\n")) else))))

(ert-deftest colours-and-indentation ()
  (with-temp-buffer
    (insert "local s = [[ -- no\n'x' ]]\n--[==[ all\nof it ]] ]==]\nif a then\nreturn f('x',\n{ 1,\n2 })\nelse\nlocal function g()\nend\nend\nreturn 1 -- if then\nreturn 2\n")
    (redlua-plain-mode)
    (font-lock-ensure)
    (dolist (it '(("no" . font-lock-string-face) ("of it" . font-lock-comment-face) ("return" . font-lock-keyword-face)
                  ("g()" . font-lock-function-name-face)))
      (goto-char (point-min))
      (search-forward (car it))
      (should (eq (get-text-property (match-beginning 0) 'face) (cdr it))))
    (indent-region (point-min) (point-max))
    (goto-char (point-min))
    (search-forward "if a")
    (should (equal (buffer-substring (line-beginning-position) (point-max))
                   "if a then\n  return f('x',\n    { 1,\n      2 })\nelse\n  local function g()\n  end\nend\nreturn 1 -- if then\nreturn 2\n"))))

;; A server that is answered for: what is sent, in order.
(defun runs-with (consent answer)
  "What is sent when a run needs CONSENT and the user gives ANSWER."
  (let (sent)
    (cl-letf (((symbol-function 'redlua--execute)
               (lambda (_command argument done)
                 (push argument sent)
                 (funcall done (if (plist-get argument :write) '(:inputs (:line "k"))
                                 (list :consent consent :inputs '(:line "k"))))))
              ((symbol-function 'redlua--later) #'funcall)
              ((symbol-function 'redlua--show) #'ignore)
              ((symbol-function 'yes-or-no-p) (lambda (_) (equal answer "yes")))
              ((symbol-function 'read-string) (lambda (&rest _) answer)))
      (redlua--run '(:uri "file:///a.lua" :on "prod")))
    (mapcar (lambda (argument) (list (plist-get argument :write) (plist-get argument :confirm))) (nreverse sent))))

(ert-deftest a-real-server-is-written-to-after-a-yes ()
  (let ((plain '(:server "prod" :question "Run it?"))
        (named '(:server "prod" :question "Run it?" :confirm "type its name")))
    (should (equal (runs-with plain "no") '((nil nil))))
    (should (equal (runs-with plain "yes") '((nil nil) (t nil))))
    (should (equal (runs-with named "dev") '((nil nil))))
    (should (equal (runs-with named "prod") '((nil nil) (t "prod"))))))

(ert-deftest another-lua-mode-keeps-its-files-and-its-server ()
  (load (expand-file-name "lua-mode.el" modes) nil t)
  (should (eq (redlua--base-mode) 'lua-mode))
  (should (equal (visit "a.lua" script) '(redis-lua-mode . "-- ")))
  (should (equal (visit "a.lua" plain) '(lua-mode . "-- ")))
  (should (equal (car (visit "tool" "#!/usr/bin/lua\n")) 'lua-mode))
  (should (equal (car (visit "a.lua" "")) 'lua-mode))
  (let ((ours (eglot--lookup-mode 'redis-lua-mode))
        (theirs (eglot--lookup-mode 'lua-mode)))
    (should (eq (cdr ours) 'redlua--contact))
    (should (equal (alist-get 'redis-lua-mode (car ours)) "redis-lua"))
    (should-not (equal (cdr ours) (cdr theirs)))
    (should-not (assq 'redis-lua-mode (car theirs))))
  ;; A server for one has no say in the other.
  (should-not (provided-mode-derived-p 'redis-lua-mode 'lua-mode)))

(ert-deftest tree-sitter-serves-too ()
  (setq treesit-extra-load-path (list modes))
  (let ((redlua-lua-mode 'lua-ts-mode))
    (with-temp-buffer
      (insert script)
      (redis-lua-mode)
      (font-lock-ensure)
      (should (eq major-mode 'redis-lua-mode))
      (should (eq (get-text-property 1 'face) 'font-lock-keyword-face))
      (should (eq (key-binding (kbd "C-c C-c")) 'redlua-run)))))

(ert-run-tests-batch-and-exit)
