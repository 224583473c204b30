"""Maps of users in two and three dimensions, on which a user stays in place.

* `methods`: t-SNE, UMAP, and PCA for a few users
* `space`: the axes in which users differ most
* `selection`: users as landmarks, stratified by segment
* `neighbours`: nearest rows, exactly
* `alignment`: one layout turned to another, and how far users are apart
* `landmarks`: everybody's place, from the nearest landmarks
* `fit`: landmarks from users
* `quality`: trustworthiness and continuity
* `landmark_file`: landmarks as a file
* `renewal`: the landmarks of the last time, or new ones
* `layout`: the layout of the dashboard, kept in a file
* `layout_fit`: its fit, in a process of its own
"""
